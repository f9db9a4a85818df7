import { boolean, each, float, integer, nullable, text } from '../fields.js'
import { statement } from '../statement.js'
import { CHANGED, revised } from './fragments.js'

/**
 * Claims tasks in the order of the schedule: the first expression gives its operation with the longest remaining path
 * and goes to the end, and so on until the batch is full. `core/queue/claim.ts` and `schedule.ts` state the same rule.
 *
 * - Several claims share one batch, in their order. `limited` says that the batch ended because of `batch_ms`: a claim
 *   that got nothing has to be sent again.
 * - `preview` plays the turns without locks, which tells how many tasks each expression gives. `first_tasks` and
 *   `further_tasks` then lock that many and skip what others have locked. So no claim waits, and no claim locks more
 *   than it takes, which would make a queue look empty to others.
 * - The expressions come from the index of the schedule, and their tasks from the index of ready tasks: only the batch
 *   itself is sorted.
 * - The expression's row is locked at its first claim only. Its row in the schedule is skipped while another
 *   transaction moves it: it goes to the end either way.
 */
export const claim = statement('claim', {
  // One element for each claim: its agent, and where in the batch its tasks begin, from 1.
  agents: 'text[]',
  // The number of this server for its own agents, else null.
  servers: 'integer[]',
  starts: 'bigint[]',
  symbols: 'text[]',
  // Of all claims together.
  max: 'integer',
  batch_ms: 'float8',
  lease: 'text',
  lease_ms: 'float8',
  // Symbols of named work.
  named: 'text[]'
}, {
  ...each(integer, 'id', 'expression', 'attempt'),
  ...each(text, 'symbol', 'lease'),
  ...each(float, 'left', 'right', 'timeMs', 'leaseMs'),
  // Index of the claim that it is for, from 1.
  slot: integer,
  // Null unless the operation is named work.
  ...each(nullable(text), 'kind', 'name'),
  // The first claim of its expression, whose row was locked.
  unstarted: boolean,
  // The same in all rows of a batch.
  limited: boolean
}, `
WITH candidates AS MATERIALIZED (
  SELECT l.expression, l.turn, t.time_ms
  FROM longhand.schedule l CROSS JOIN LATERAL (
    SELECT t.time_ms FROM longhand.task t
    WHERE t.expression = l.expression AND t.state = 'ready' AND t.symbol = ANY ($symbols)
    ORDER BY t.path_ms DESC, t.id LIMIT 1
  ) t
  WHERE current_setting('longhand.deferred', true) IS DISTINCT FROM 'on' AND l.symbols && $symbols
  ORDER BY l.turn LIMIT $max
), preview AS MATERIALIZED (
  SELECT expression, row_number() OVER turns AS ordinal, sum(time_ms) OVER turns AS queued_ms
  FROM (
    SELECT expression, turn, time_ms, 1 AS round FROM candidates
    UNION ALL
    -- Only a schedule that is shorter than the batch comes round again.
    SELECT s.expression, s.turn, t.time_ms, t.round FROM candidates s CROSS JOIN LATERAL (
      SELECT time_ms, row_number() OVER () + 1 AS round FROM (
        SELECT t.time_ms FROM longhand.task t
        WHERE t.expression = s.expression AND t.state = 'ready' AND t.symbol = ANY ($symbols)
        ORDER BY t.path_ms DESC, t.id LIMIT $max - 1 OFFSET 1
      ) further
    ) t
    WHERE (SELECT count(*) FROM candidates) < $max
  ) rounds
  WINDOW turns AS (ORDER BY round, turn)
), portions AS MATERIALIZED (
  SELECT expression, count(*) AS tasks FROM preview
  WHERE ordinal <= $max AND (ordinal = 1 OR queued_ms <= $batch_ms) GROUP BY expression
), first_tasks AS MATERIALIZED (
  SELECT l.expression, l.turn, t.id, t.time_ms
  FROM longhand.schedule l CROSS JOIN LATERAL (
    SELECT t.id, t.time_ms FROM longhand.task t
    WHERE t.expression = l.expression AND t.state = 'ready' AND t.symbol = ANY ($symbols)
    ORDER BY t.path_ms DESC, t.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
  ) t
  WHERE l.symbols && $symbols
  ORDER BY l.turn LIMIT (SELECT count(*) FROM portions)
), further_tasks AS MATERIALIZED (
  SELECT h.expression, h.turn, t.id, t.time_ms, t.round
  FROM portions p JOIN first_tasks h ON h.expression = p.expression AND p.tasks > 1 CROSS JOIN LATERAL (
    SELECT id, time_ms, row_number() OVER () + 1 AS round FROM (
      SELECT t.id, t.time_ms FROM longhand.task t
      WHERE t.expression = h.expression AND t.state = 'ready' AND t.symbol = ANY ($symbols) AND t.id <> h.id
      ORDER BY t.path_ms DESC, t.id LIMIT p.tasks - 1 FOR NO KEY UPDATE SKIP LOCKED
    ) further
  ) t
), chosen AS MATERIALIZED (
  SELECT id, expression, ordinal, slot, queued_ms, nextval('longhand.deadline_order') AS deadline_order FROM (
    SELECT id, expression, ordinal, slot, all_ms, sum(time_ms) OVER (PARTITION BY slot ORDER BY ordinal) AS queued_ms
    FROM (
      SELECT id, expression, time_ms, ordinal, width_bucket(ordinal, $starts) AS slot,
        sum(time_ms) OVER earlier AS all_ms
      FROM (
        SELECT id, expression, time_ms, row_number() OVER (ORDER BY round, turn) AS ordinal
        FROM (SELECT expression, turn, id, time_ms, 1 AS round FROM first_tasks
          UNION ALL SELECT expression, turn, id, time_ms, round FROM further_tasks) batch
      ) numbered
      WINDOW earlier AS (ORDER BY ordinal)
    ) slotted
    ORDER BY ordinal
  ) served
  WHERE ordinal = 1 OR all_ms <= $batch_ms
), leased AS (
  UPDATE longhand.task t
  SET state = 'leased', attempts = t.attempts + 1, agent = ($agents)[c.slot], server = ($servers)[c.slot],
    lease = $lease || '.' || c.ordinal,
    lease_ms = c.queued_ms + $lease_ms, claimed_at = $at, updated_at = $at,
    deadline = $tick + c.queued_ms + $lease_ms,
    deadline_order = c.deadline_order, ${CHANGED}
  FROM chosen c WHERE t.id = c.id
  RETURNING t.id, t.expression, t.symbol, t.left_value, t.right_value, t.time_ms, t.attempts, t.lease, t.lease_ms,
    c.ordinal, c.slot
), moved AS (
  UPDATE longhand.schedule l SET turn = n.turn
  FROM (
    SELECT expression, nextval('longhand.turn') AS turn FROM (
      SELECT expression FROM chosen GROUP BY expression ORDER BY max(ordinal)
    ) ordered
  ) n
  WHERE l.expression = n.expression AND l.expression = ANY (ARRAY(
    SELECT m.expression FROM longhand.schedule m WHERE m.expression = ANY (ARRAY(SELECT expression FROM chosen))
    FOR NO KEY UPDATE SKIP LOCKED))
), unstarted AS MATERIALIZED (
  SELECT e.id FROM longhand.expression e
  WHERE e.id = ANY (ARRAY(SELECT expression FROM chosen)) AND e.started_at IS NULL
), started AS (
  -- A transaction that holds the row starts or ends the expression; the column unstarted names those skipped.
  UPDATE longhand.expression e
  SET status = 'in_progress', started_at = $at, running_from = $tick,
    deadline_order = nextval('longhand.deadline_order'), ${CHANGED}
  WHERE e.id = ANY (ARRAY(
    SELECT f.id FROM longhand.expression f
    WHERE f.id = ANY (ARRAY(SELECT id FROM unstarted)) AND f.started_at IS NULL AND f.finished_order IS NULL
    FOR NO KEY UPDATE SKIP LOCKED))
  RETURNING e.id
), ${revised('EXISTS (SELECT FROM started)')}
SELECT l.id, l.expression, l.symbol, l.left_value AS left, l.right_value AS right, l.time_ms AS "timeMs",
  l.attempts AS attempt, l.lease, l.lease_ms AS "leaseMs", l.slot, named.kind, named.name,
  l.expression IN (SELECT id FROM unstarted EXCEPT SELECT id FROM started) AS unstarted,
  (SELECT count(*) FROM preview WHERE ordinal <= $max) > (SELECT sum(tasks) FROM portions) AS limited
FROM leased l LEFT JOIN LATERAL (
  SELECT e.kind, e.source AS name FROM longhand.expression e WHERE e.id = l.expression AND l.symbol = ANY ($named)
) named ON true
ORDER BY l.ordinal
`)

/** Makes expressions `in_progress` whose rows their first claim had to skip; waits for the locks on them. */
export const start = statement('start', { expressions: 'bigint[]' }, {}, `
WITH locked AS MATERIALIZED (
  SELECT id FROM longhand.expression
  WHERE id = ANY ($expressions) AND started_at IS NULL AND finished_order IS NULL
  ORDER BY id FOR NO KEY UPDATE
), started AS (
  UPDATE longhand.expression e
  SET status = 'in_progress', started_at = $at, running_from = $tick,
    deadline_order = nextval('longhand.deadline_order'), ${CHANGED}
  FROM locked l WHERE e.id = l.id
  RETURNING e.id
), ${revised('EXISTS (SELECT FROM started)')}
SELECT FROM started
`)
