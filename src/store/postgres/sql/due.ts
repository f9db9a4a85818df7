import { statement } from '../statement.js'
import { FAILING } from './fragments.js'

/** What ends by itself and is due, in the order of its end: leases and, where `timeout_ms` is set, expressions. */
export const due = statement('due', { timeout_ms: 'float8', most: 'integer' }, `
SELECT * FROM (
  (SELECT t.id, t.expression, t.state, t.attempts, t.agent, ${FAILING}, t.deadline, t.hold_order
  FROM longhand.task t WHERE deadline <= $tick ORDER BY deadline, hold_order LIMIT $most)
  UNION ALL
  (SELECT NULL, id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, running_from + $timeout_ms, running_order
  FROM longhand.expression
  WHERE finished_order IS NULL AND running_from <= $tick - $timeout_ms
  ORDER BY running_from, running_order LIMIT $most)
) both_of_them
ORDER BY deadline, hold_order
`)

/** In how many ms the next is due; null when nothing is. */
export const nextDue = statement('next_due', { timeout_ms: 'float8' }, `
SELECT least(
  (SELECT deadline FROM longhand.task WHERE deadline IS NOT NULL ORDER BY deadline LIMIT 1),
  (SELECT running_from + $timeout_ms FROM longhand.expression
    WHERE finished_order IS NULL AND running_from IS NOT NULL ORDER BY running_from LIMIT 1)
) - $tick AS ms
`)
