/**
 * Changes since a cursor (docs/postgres.md).
 *
 * - `changed_in` is the transaction that last changed a row, so a snapshot that was taken earlier tells whether the row
 *   has changed since. Rows from before this step count as changed by it.
 * - There is no index on `task.changed_in`: each of the four to six updates of a task would pay for it, and changed
 *   tasks are searched within one expression, by the primary key.
 */
export const changes = `
ALTER TABLE longhand.expression ADD changed_in xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE longhand.task ADD changed_in xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX expression_changed ON longhand.expression (changed_in);

-- The expressions that retention has deleted, a row for each statement; those of the last minutes.
CREATE TABLE longhand.deletion (
  deleted_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
  deleted_at float8 NOT NULL,
  ids bigint[] NOT NULL
);
CREATE INDEX deletion_in ON longhand.deletion (deleted_in);

-- One row: the latest transaction whose deletions are no longer in the table.
CREATE TABLE longhand.deletion_pruned (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  deleted_in xid8 NOT NULL DEFAULT '0'
);
INSERT INTO longhand.deletion_pruned DEFAULT VALUES;
`
