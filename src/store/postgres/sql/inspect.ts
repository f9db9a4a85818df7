import { statement } from '../statement.js'
import { FAILING } from './fragments.js'

/** How a task stands. */
export const inspect = statement('inspect', { task: 'bigint' }, `
SELECT t.id, t.expression, t.state, t.lease, t.attempts, ${FAILING} FROM longhand.task t WHERE t.id = $task
`)
