/** Which operation an expression failed at: where it stands in the text, and the agents that held its attempts. */
export const failedOperation = `
ALTER TYPE longhand.task_state ADD VALUE 'failed' BEFORE 'dropped';

-- Null where the failure is no operation's fault, and for what failed before this step.
ALTER TABLE longhand.expression ADD COLUMN failed_task bigint;

ALTER TABLE longhand.task
  -- In UTF-16 units from 0; null where the operation comes from no text.
  ADD COLUMN text_position integer,
  ADD COLUMN text_length integer,
  -- The agents of the attempts that were spent before the current one, the last 20 of them; null for none.
  ADD COLUMN earlier_agents text[];
`
