import type { Server } from '../store/postgres/server.js'

/**
 * Watches a database from inside: a trigger sees every lease that is given, and writes down what must never happen.
 * - A task gets a lease while it has another that was not ended first.
 * - A lease that is not over is ended by its time.
 * - A token is given twice.
 */
const AUDIT = `
CREATE TABLE audit_lease (lease text PRIMARY KEY, task bigint NOT NULL);
CREATE TABLE audit_violation (what text, task bigint, lease text, other text);
CREATE FUNCTION audit_task () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.lease IS NOT DISTINCT FROM OLD.lease THEN
    RETURN NULL;
  END IF;
  IF NEW.lease IS NOT NULL THEN
    IF OLD.state <> 'ready' OR OLD.lease IS NOT NULL THEN
      INSERT INTO audit_violation VALUES ('two live leases', NEW.id, OLD.lease, NEW.lease);
    END IF;
    INSERT INTO audit_lease VALUES (NEW.lease, NEW.id) ON CONFLICT (lease) DO NOTHING;
    IF NOT FOUND THEN
      INSERT INTO audit_violation VALUES ('a token twice', NEW.id, OLD.lease, NEW.lease);
    END IF;
  ELSIF NEW.state = 'ready' AND NEW.attempts = OLD.attempts
    AND OLD.deadline > extract(epoch FROM clock_timestamp()) * 1000 THEN
    INSERT INTO audit_violation VALUES ('ended before its time', NEW.id, OLD.lease, NULL);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER UPDATE ON longhand.task FOR EACH ROW EXECUTE FUNCTION audit_task();
`

/** To be called once a store has made the schema. */
export async function audit (server: Server, url: string): Promise<void> {
  await server.query(url, AUDIT)
}

export interface Audited {
  /** How many leases were given. */
  readonly leases: number
  readonly violations: ReadonlyArray<Readonly<Record<string, unknown>>>
}

export async function audited (server: Server, url: string): Promise<Audited> {
  const [count] = await server.query(url, 'SELECT count(*)::integer AS leases FROM audit_lease')
  return { leases: Number(count!['leases']), violations: await server.query(url, 'SELECT * FROM audit_violation') }
}
