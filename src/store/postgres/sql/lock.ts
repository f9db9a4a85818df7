import { statement } from '../statement.js'

/**
 * Locks, by their ids, the tasks that reports on `tasks` can change, and every unfinished task of `expressions`, which
 * these reports can end. The rest of the transaction then waits for no lock on a task.
 */
export const lock = statement('lock', { tasks: 'bigint[]', expressions: 'bigint[]' }, {}, `
SELECT count(*) FROM (
  SELECT id FROM longhand.task
  WHERE id = ANY (ARRAY(
    SELECT unnest($tasks)
    UNION SELECT unnest(t.dependents) FROM longhand.task t WHERE t.id = ANY ($tasks)
    UNION SELECT t.id FROM longhand.expression e JOIN longhand.task t
      ON t.id >= e.first_task AND t.id < e.first_task + e.operations AND t.state <> 'completed'
      WHERE e.id = ANY ($expressions)))
  ORDER BY id FOR NO KEY UPDATE
) locked
`)
