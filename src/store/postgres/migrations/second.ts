/**
 * The name of the store, with which its lease tokens begin. A restored backup gets a new one (`docs/postgres.md`), and
 * tokens that were issued since count no more.
 */
export const second = `
CREATE TABLE longhand.issuer (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  name text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', '')
);
INSERT INTO longhand.issuer DEFAULT VALUES;
`
