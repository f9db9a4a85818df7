import { each, failedOperation, float, integer, nullable, taskState, text } from '../fields.js'
import { statement } from '../statement.js'
import { FAILED_OPERATION } from './fragments.js'

/** A task, as far as `decideReport` (`core/queue/decisions.ts`) needs it; the operands of a waiting one may be null. */
export const inspect = statement('inspect', { task: 'bigint' }, {
  ...each(integer, 'id', 'expression', 'attempts'),
  state: taskState,
  lease: nullable(text),
  ...failedOperation,
  ...each(nullable(float), 'left_value', 'right_value')
}, `
SELECT t.id, t.expression, t.state, t.lease, t.attempts, ${FAILED_OPERATION} FROM longhand.task t WHERE t.id = $task
`)
