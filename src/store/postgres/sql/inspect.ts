import { statement } from '../statement.js'

/** How a task stands. */
export const inspect = statement('inspect', { task: 'bigint' }, `
SELECT expression, state, lease, attempts FROM longhand.task WHERE id = $task
`)
