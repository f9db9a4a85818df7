import { outcomes, symbols } from '../fields.js'
import { statement } from '../statement.js'
import { CHANGED, leaseOutcome, scheduled, withEnded } from './fragments.js'

/**
 * leased → ready: a release, an error that allows another attempt, or the end of a lease with attempts left
 * (`decideLease`, `decideReport` and `decideDeadline` of `core/queue/decisions.ts`). Of a lease that is named twice,
 * the first counts.
 */
export const release = statement('release', {
  tasks: 'bigint[]',
  // null for any lease.
  leases: 'text[]',
  // How the attempts end: released, which gives them back, expired or failed.
  outcome: 'text',
  // What the agent reported.
  message: 'text',
  // Condition, unless null: the deadline has passed, and the attempts are fewer.
  attempts_limit: 'integer'
}, {
  outcomes,
  // The symbol of each task that became ready.
  ready: symbols
}, `
WITH ref AS (
  SELECT ordinal, task, lease, row_number() OVER (PARTITION BY task, lease ORDER BY ordinal) AS mention
  FROM unnest($tasks, $leases) WITH ORDINALITY AS r (task, lease, ordinal)
), locked AS MATERIALIZED (
  SELECT id, expression, symbol, state, lease, attempts, deadline
  FROM longhand.task WHERE id = ANY ($tasks) ORDER BY id FOR NO KEY UPDATE
), decided AS MATERIALIZED (
  SELECT r.ordinal, r.task, t.expression, t.symbol,
    ${leaseOutcome(`r.mention = 1 AND (r.lease IS NULL OR r.lease = t.lease)
      AND ($attempts_limit IS NULL OR (t.deadline <= $tick AND t.attempts < $attempts_limit))`)} AS outcome
  FROM ref r LEFT JOIN locked t ON t.id = r.task
), released AS (
  UPDATE longhand.task t
  SET state = 'ready', attempts = t.attempts - ($outcome = 'released')::integer, lease = NULL, agent = NULL,
    server = NULL, claimed_at = NULL, updated_at = $at, deadline = NULL, ${CHANGED},
    ended_attempts = ${withEnded('$outcome', '$message')}
  FROM decided d WHERE t.id = d.task AND d.outcome = 'accepted'
), became_ready AS (
  SELECT expression, min(ordinal) AS ordinal FROM decided WHERE outcome = 'accepted' GROUP BY expression
), ${scheduled('$tasks')}
SELECT ARRAY(SELECT outcome FROM decided ORDER BY ordinal) AS outcomes,
  ARRAY(SELECT symbol FROM decided WHERE outcome = 'accepted') AS ready
`)
