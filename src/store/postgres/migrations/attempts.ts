/**
 * Every attempt on record. `ended_attempts` is null for a task that was done at the first one; otherwise an array of
 * `EndedAttempt` (`core/queue/calculation.ts`). The first version recorded of ended attempts the agents only, and not
 * why they ended: all of them count as expired, as in the file store (`store/file/upgrade-from-1.ts`).
 */
export const attempts = `
ALTER TABLE longhand.task ADD ended_attempts jsonb;

UPDATE longhand.task t
SET ended_attempts = (
  SELECT jsonb_agg(jsonb_build_object('attempt', a.attempt, 'agent', a.agent, 'lease', NULL, 'claimedAt', a.claimed_at,
    'endedAt', NULL, 'outcome', 'expired') ORDER BY a.attempt)
  FROM (
    -- The numbers end with the one before the task's own attempt.
    SELECT t.attempts - (t.claimed_at IS NOT NULL)::integer - cardinality(t.earlier_agents) + e.ordinal AS attempt,
      e.agent, NULL::float8 AS claimed_at
    FROM unnest(t.earlier_agents) WITH ORDINALITY AS e (agent, ordinal)
    UNION ALL
    SELECT t.attempts, t.agent, t.claimed_at
    WHERE t.claimed_at IS NOT NULL AND t.state NOT IN ('leased', 'completed')
  ) a
)
WHERE t.earlier_agents IS NOT NULL OR (t.claimed_at IS NOT NULL AND t.state NOT IN ('leased', 'completed'));

ALTER TABLE longhand.task DROP COLUMN earlier_agents;
`
