/**
 * The schema.
 *
 * - Times for people (`…_at`) are wall times in ms since the epoch. `deadline` and `running_from` are ticks: ms on the
 *   clock that leases run on, which is the database's.
 * - Task ids of an expression are consecutive: operation i is task `first_task` + i.
 * - There are no foreign keys: rows are made, and go, with their expression in one statement, and the checks would cost
 *   every settle a lock.
 * - What changes often stands in few and narrow indexes, each of them partial: a task is in the one it is looked for in
 *   and in no other.
 */
export const first = `
CREATE TYPE longhand.expression_status AS ENUM ('pending', 'in_progress', 'completed', 'failed', 'cancelled');
CREATE TYPE longhand.task_state AS ENUM ('waiting', 'ready', 'leased', 'overdue', 'completed', 'dropped');

-- Places in the line, beginnings of waits and ends of expressions, each in the order in which they happened.
CREATE SEQUENCE longhand.turn;
CREATE SEQUENCE longhand.hold;
CREATE SEQUENCE longhand.finish;

CREATE TABLE longhand.expression (
  id bigint PRIMARY KEY,
  kind text NOT NULL,
  source text NOT NULL,
  first_task bigint NOT NULL,
  operations integer NOT NULL,
  -- The symbols of its operations, each once.
  symbols text[] NOT NULL,
  -- Index of the operation that gives the result; null where that was known at submit.
  result_of integer,
  work_ms float8 NOT NULL,
  span_ms float8 NOT NULL,
  work_before_ms float8 NOT NULL,
  span_before_ms float8 NOT NULL,
  idempotency_key text UNIQUE,
  fingerprint text,
  status longhand.expression_status NOT NULL,
  result float8,
  error_code text,
  error_message text,
  created_at float8 NOT NULL,
  started_at float8,
  finished_at float8,
  retrieved_at float8,
  -- How many operations were done at the end; until then they are counted when somebody asks.
  completed integer,
  -- From when on its time counts: its first claim, put off by the time in which no server was up.
  running_from float8,
  running_order bigint,
  -- Null while it is open.
  finished_order bigint
) WITH (fillfactor = 80);
CREATE INDEX expression_open ON longhand.expression (id) INCLUDE (operations) WHERE finished_order IS NULL;
CREATE INDEX expression_running ON longhand.expression (running_from, running_order)
  WHERE finished_order IS NULL AND running_from IS NOT NULL;
CREATE INDEX expression_finished ON longhand.expression (finished_order) WHERE finished_order IS NOT NULL;

CREATE TABLE longhand.task (
  id bigint PRIMARY KEY,
  expression bigint NOT NULL,
  symbol text NOT NULL,
  -- The operation that gives an operand; null for a number. The value is there as soon as it is known.
  left_task bigint,
  right_task bigint,
  left_value float8,
  right_value float8,
  time_ms float8 NOT NULL,
  path_ms float8 NOT NULL,
  -- The tasks that wait for this one, each once.
  dependents bigint[] NOT NULL,
  gives_result boolean NOT NULL,
  state longhand.task_state NOT NULL,
  -- Operands that are not known yet.
  missing smallint NOT NULL,
  value float8,
  attempts integer NOT NULL DEFAULT 0,
  lease text,
  lease_ms float8 NOT NULL DEFAULT 0,
  agent text,
  claimed_at float8,
  completed_at float8,
  -- The last that happened to it, a heartbeat included: of all tasks together, the expression's last sign of life.
  updated_at float8 NOT NULL,
  -- When the lease, or the wait for a late result, ends; null while nobody is waited for.
  deadline float8,
  hold_order bigint
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX task_ready ON longhand.task (expression, path_ms DESC, id) WHERE state = 'ready';
CREATE INDEX task_deadline ON longhand.task (deadline, hold_order) WHERE deadline IS NOT NULL;

-- Expressions with ready work, in the order in which they are served. One that has none may stand there for a moment
-- longer; one that has some is never missing.
CREATE TABLE longhand.line (
  expression bigint PRIMARY KEY,
  turn bigint NOT NULL,
  symbols text[] NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX line_turn ON longhand.line (turn);

-- One row. Ids are counted here and not by sequences, because those leave gaps and are seen out of order.
-- Open work is never more than what was open at the last count and what was submitted since.
CREATE TABLE longhand.counter (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  next_expression bigint NOT NULL DEFAULT 1,
  next_task bigint NOT NULL DEFAULT 1,
  counted_expression bigint NOT NULL DEFAULT 1,
  counted_task bigint NOT NULL DEFAULT 1,
  open_expressions bigint NOT NULL DEFAULT 0,
  open_operations bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO longhand.counter DEFAULT VALUES;

-- One row: when the last sign of life of any server was.
CREATE TABLE longhand.presence (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  alive_at float8 NOT NULL
) WITH (fillfactor = 50);

-- How often the list has changed, counted by each connection for itself so that none waits for another.
CREATE TABLE longhand.revision (
  backend integer PRIMARY KEY,
  changes bigint NOT NULL
) WITH (fillfactor = 50);
`
