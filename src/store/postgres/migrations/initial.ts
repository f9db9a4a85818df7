/**
 * The schema.
 *
 * - Times for people (`…_at`) are wall times in ms since the epoch. `deadline`, `running_from` and `alive_at` are
 *   ticks: ms on the clock of leases, which is the database's.
 * - Task ids of an expression are consecutive: operation i is task `first_task` + i.
 * - There are no foreign keys: rows are inserted and deleted with their expression in one statement, and the checks
 *   would cost every report a lock.
 * - Columns that change often are in few and narrow indexes, each of them partial: a task is in the index in which it
 *   is searched and in no other.
 */
export const initial = `
CREATE TYPE longhand.expression_status AS ENUM ('pending', 'in_progress', 'completed', 'failed', 'cancelled');
CREATE TYPE longhand.task_state AS ENUM
  ('waiting', 'ready', 'leased', 'overdue', 'completed', 'failed', 'dropped');

-- Turns in the schedule, deadlines that were set, and ends of expressions, each in the order in which they happened.
CREATE SEQUENCE longhand.turn;
CREATE SEQUENCE longhand.deadline_order;
CREATE SEQUENCE longhand.finished_order;

CREATE TABLE longhand.expression (
  id bigint PRIMARY KEY,
  kind text NOT NULL,
  source text NOT NULL,
  first_task bigint NOT NULL,
  operations integer NOT NULL,
  -- The distinct symbols of its operations.
  symbols text[] NOT NULL,
  -- Index of the operation that gives the result; null where the result was known at submit.
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
  -- The operation that it failed at; null where no operation is to blame.
  failed_task bigint,
  created_at float8 NOT NULL,
  started_at float8,
  finished_at float8,
  retrieved_at float8,
  -- Completed operations at the end; while it is open they are counted on request.
  completed integer,
  -- The start of its time limit: its first claim, moved by the time in which no server was running.
  running_from float8,
  -- Decides between equal deadlines.
  deadline_order bigint,
  -- Null while it is open.
  finished_order bigint
) WITH (fillfactor = 80);
CREATE INDEX expression_open ON longhand.expression (id) INCLUDE (operations) WHERE finished_order IS NULL;
CREATE INDEX expression_running ON longhand.expression (running_from, deadline_order)
  WHERE finished_order IS NULL AND running_from IS NOT NULL;
CREATE INDEX expression_finished ON longhand.expression (finished_order) WHERE finished_order IS NOT NULL;

CREATE TABLE longhand.task (
  id bigint PRIMARY KEY,
  expression bigint NOT NULL,
  symbol text NOT NULL,
  -- The operation that gives an operand; null for a number. The value is null until it is known.
  left_task bigint,
  right_task bigint,
  left_value float8,
  right_value float8,
  time_ms float8 NOT NULL,
  path_ms float8 NOT NULL,
  -- Its range in the text, in UTF-16 units from 0; null where the operation comes from no text.
  text_position integer,
  text_length integer,
  -- The tasks that have its result as an operand, each once.
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
  -- The agents of the spent attempts before the current one, the last 20; null for none.
  earlier_agents text[],
  -- The server whose own agent has the lease, which ends with that server; null for other agents.
  server integer,
  claimed_at float8,
  completed_at float8,
  -- Its last change, heartbeats included; the latest of all tasks is the expression's last sign of life.
  updated_at float8 NOT NULL,
  -- When the lease, or the wait for a late result, ends; null without either.
  deadline float8,
  -- Decides between equal deadlines.
  deadline_order bigint
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX task_ready ON longhand.task (expression, path_ms DESC, id) WHERE state = 'ready';
CREATE INDEX task_deadline ON longhand.task (deadline, deadline_order) WHERE deadline IS NOT NULL;

-- Expressions with ready tasks, in the order in which they are claimed from. An expression without any may remain for a
-- moment; one with a ready task is never missing.
CREATE TABLE longhand.schedule (
  expression bigint PRIMARY KEY,
  turn bigint NOT NULL,
  symbols text[] NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX schedule_turn ON longhand.schedule (turn);

-- One row. Ids are counted here and not by sequences, which leave gaps and become visible out of order.
-- The open work is at most what was open at the last count plus what was submitted since.
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

-- One row: the prefix of the lease tokens. A restored backup gets a new one (docs/postgres.md), so that tokens issued
-- after the backup no longer count.
CREATE TABLE longhand.issuer (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  name text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', '')
);
INSERT INTO longhand.issuer DEFAULT VALUES;

-- One row: the last sign of life of any server.
CREATE TABLE longhand.liveness (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  alive_at float8 NOT NULL
) WITH (fillfactor = 50);

-- The running servers, each with its last sign of life.
CREATE TABLE longhand.server (
  id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  alive_at float8 NOT NULL
) WITH (fillfactor = 50);

-- How often the list has changed. Each connection has a row, so that none waits for another.
CREATE TABLE longhand.revision (
  backend integer PRIMARY KEY,
  changes bigint NOT NULL
) WITH (fillfactor = 50);
`
