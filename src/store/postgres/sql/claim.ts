import { statement } from '../statement.js'
import { revised } from './fragments.js'

/**
 * Hands out tasks in the order of the line: whose turn it is gives its operation with the longest remaining path and
 * goes to the end, and so on until the batch is full.
 *
 * - Several claims share one batch, in their order; `limited` says that its time is over before it is full, so that who
 *   came away with nothing has to ask again.
 * - `prospect` plays this without locks on what is there to see, which tells how many expressions are served how often;
 *   `head` and `more` then lock as many tasks, and pass over what others have locked: nobody waits here, and nobody
 *   locks more than he takes and finds a queue empty that is not.
 * - The heads come from the index of the line, and what they give from the index of ready tasks: nothing is sorted but
 *   the batch itself.
 * - No lock on the expression's row but at its first claim, and none on its place in the line while somebody else moves
 *   that: it goes to the end either way.
 */
export const claim = statement('claim', {
  // Several claims in one: who they are, and the place in the batch that each begins at.
  agents: 'text[]',
  // The number of this server where the agent is one of its own; null elsewhere.
  servers: 'integer[]',
  starts: 'bigint[]',
  symbols: 'text[]',
  // Of all together.
  max: 'integer',
  batch_ms: 'float8',
  lease: 'text',
  lease_ms: 'float8',
  // Symbols of work that has a name.
  named: 'text[]'
}, `
WITH suited AS MATERIALIZED (
  SELECT l.expression, l.turn, t.time_ms
  FROM longhand.line l CROSS JOIN LATERAL (
    SELECT t.time_ms FROM longhand.task t
    WHERE t.expression = l.expression AND t.state = 'ready' AND t.symbol = ANY ($symbols)
    ORDER BY t.path_ms DESC, t.id LIMIT 1
  ) t
  WHERE current_setting('longhand.halted', true) IS DISTINCT FROM 'on' AND l.symbols && $symbols
  ORDER BY l.turn LIMIT $max
), prospect AS MATERIALIZED (
  SELECT expression, row_number() OVER turns AS place, sum(time_ms) OVER turns AS queued_ms
  FROM (
    SELECT expression, turn, time_ms, 1 AS round FROM suited
    UNION ALL
    -- Only a line that is shorter than the batch comes round again.
    SELECT s.expression, s.turn, t.time_ms, t.round FROM suited s CROSS JOIN LATERAL (
      SELECT time_ms, row_number() OVER () + 1 AS round FROM (
        SELECT t.time_ms FROM longhand.task t
        WHERE t.expression = s.expression AND t.state = 'ready' AND t.symbol = ANY ($symbols)
        ORDER BY t.path_ms DESC, t.id LIMIT $max - 1 OFFSET 1
      ) further
    ) t
    WHERE (SELECT count(*) FROM suited) < $max
  ) rounds
  WINDOW turns AS (ORDER BY round, turn)
), portion AS MATERIALIZED (
  SELECT expression, count(*) AS tasks FROM prospect
  WHERE place <= $max AND (place = 1 OR queued_ms <= $batch_ms) GROUP BY expression
), head AS MATERIALIZED (
  SELECT l.expression, l.turn, t.id, t.time_ms
  FROM longhand.line l CROSS JOIN LATERAL (
    SELECT t.id, t.time_ms FROM longhand.task t
    WHERE t.expression = l.expression AND t.state = 'ready' AND t.symbol = ANY ($symbols)
    ORDER BY t.path_ms DESC, t.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
  ) t
  WHERE l.symbols && $symbols
  ORDER BY l.turn LIMIT (SELECT count(*) FROM portion)
), more AS MATERIALIZED (
  SELECT h.expression, h.turn, t.id, t.time_ms, t.round
  FROM portion p JOIN head h ON h.expression = p.expression AND p.tasks > 1 CROSS JOIN LATERAL (
    SELECT id, time_ms, row_number() OVER () + 1 AS round FROM (
      SELECT t.id, t.time_ms FROM longhand.task t
      WHERE t.expression = h.expression AND t.state = 'ready' AND t.symbol = ANY ($symbols) AND t.id <> h.id
      ORDER BY t.path_ms DESC, t.id LIMIT p.tasks - 1 FOR NO KEY UPDATE SKIP LOCKED
    ) further
  ) t
), chosen AS MATERIALIZED (
  SELECT id, expression, place, slot, queued_ms, nextval('longhand.hold') AS hold FROM (
    SELECT id, expression, place, slot, all_ms, sum(time_ms) OVER (PARTITION BY slot ORDER BY place) AS queued_ms FROM (
      SELECT id, expression, time_ms, place, width_bucket(place, $starts) AS slot, sum(time_ms) OVER earlier AS all_ms
      FROM (
        SELECT id, expression, time_ms, row_number() OVER (ORDER BY round, turn) AS place
        FROM (SELECT expression, turn, id, time_ms, 1 AS round FROM head
          UNION ALL SELECT expression, turn, id, time_ms, round FROM more) both_of_them
      ) numbered
      WINDOW earlier AS (ORDER BY place)
    ) slotted
    ORDER BY place
  ) served
  WHERE place = 1 OR all_ms <= $batch_ms
), leased AS (
  UPDATE longhand.task t
  SET state = 'leased', attempts = t.attempts + 1, agent = ($agents)[c.slot], server = ($servers)[c.slot],
    lease = $lease || '.' || c.place,
    lease_ms = c.queued_ms + $lease_ms, claimed_at = $at, updated_at = $at,
    deadline = $tick + c.queued_ms + $lease_ms,
    hold_order = c.hold
  FROM chosen c WHERE t.id = c.id
  RETURNING t.id, t.expression, t.symbol, t.left_value, t.right_value, t.time_ms, t.attempts, t.lease, t.lease_ms,
    c.place, c.slot
), moved AS (
  UPDATE longhand.line l SET turn = n.turn
  FROM (
    SELECT expression, nextval('longhand.turn') AS turn FROM (
      SELECT expression FROM chosen GROUP BY expression ORDER BY max(place)
    ) ordered
  ) n
  WHERE l.expression = n.expression AND l.expression = ANY (ARRAY(
    SELECT m.expression FROM longhand.line m WHERE m.expression = ANY (ARRAY(SELECT expression FROM chosen))
    FOR NO KEY UPDATE SKIP LOCKED))
), fresh AS MATERIALIZED (
  SELECT e.id FROM longhand.expression e
  WHERE e.id = ANY (ARRAY(SELECT expression FROM chosen)) AND e.started_at IS NULL
), begun AS (
  -- Who holds the row is about to begin the expression or to end it; the answer says whose was passed over.
  UPDATE longhand.expression e
  SET status = 'in_progress', started_at = $at, running_from = $tick, running_order = nextval('longhand.hold')
  WHERE e.id = ANY (ARRAY(
    SELECT f.id FROM longhand.expression f
    WHERE f.id = ANY (ARRAY(SELECT id FROM fresh)) AND f.started_at IS NULL AND f.finished_order IS NULL
    FOR NO KEY UPDATE SKIP LOCKED))
  RETURNING e.id
), ${revised('EXISTS (SELECT FROM begun)')}
SELECT l.id, l.expression, l.symbol, l.left_value, l.right_value, l.time_ms, l.attempts, l.lease, l.lease_ms, l.slot,
  named.kind, named.name, l.expression IN (SELECT id FROM fresh EXCEPT SELECT id FROM begun) AS unbegun,
  (SELECT count(*) FROM prospect WHERE place <= $max) > (SELECT sum(tasks) FROM portion) AS limited
FROM leased l LEFT JOIN LATERAL (
  SELECT e.kind, e.source AS name FROM longhand.expression e WHERE e.id = l.expression AND l.symbol = ANY ($named)
) named ON true
ORDER BY l.place
`)
