import { failedOperation, float, integer, nullable, taskState, text } from '../fields.js'
import { statement } from '../statement.js'
import { FAILED_OPERATION } from './fragments.js'

/** A task, as far as `decideReport` (`core/queue/decisions.ts`) needs it; the operands of a waiting one may be null. */
export const inspect = statement('inspect', { task: 'bigint' }, {
  id: integer,
  expression: integer,
  state: taskState,
  lease: nullable(text),
  attempts: integer,
  ...failedOperation,
  left_value: nullable(float),
  right_value: nullable(float)
}, `
SELECT t.id, t.expression, t.state, t.lease, t.attempts, ${FAILED_OPERATION} FROM longhand.task t WHERE t.id = $task
`)
