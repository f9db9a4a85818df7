import { outcomes } from '../fields.js'
import { statement } from '../statement.js'
import { leaseOutcome } from './fragments.js'

/** The outcomes that `renew` would have. Takes no locks, because nothing depends on them. */
export const check = statement('check', { tasks: 'bigint[]', leases: 'text[]' }, { outcomes }, `
SELECT ARRAY(
  SELECT ${leaseOutcome()}
  FROM unnest($tasks, $leases) WITH ORDINALITY AS r (task, lease, ordinal)
  LEFT JOIN longhand.task t ON t.id = r.task
  ORDER BY r.ordinal
) AS outcomes
`)
