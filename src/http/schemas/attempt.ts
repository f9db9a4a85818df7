import { type Static, type TObject, Type } from '@sinclair/typebox'
import { MAX_ENDED_ATTEMPTS, attemptsOf } from '../../core/queue/attempts.js'
import type { AttemptOutcome, EndedAttempt } from '../../core/queue/calculation.js'
import type { OperationStates } from '../../core/store.js'
import { Nullable, Timestamp, type Written, timestamp } from './common.js'

const OUTCOMES: readonly AttemptOutcome[] = ['completed', 'expired', 'released', 'failed', 'cancelled']

const Outcome = Type.Unsafe<AttemptOutcome>({
  type: 'string',
  enum: OUTCOMES,
  description: 'completed: it gave the result; expired: its lease ended; released: the agent gave it back; failed: ' +
    'the agent reported an error; cancelled: the expression ended, or the result came by another attempt',
  examples: ['expired']
})

const Message = Type.String({ description: 'What the agent reported', examples: ['No beads'] })

const AttemptNumber = Type.Integer({
  description: 'Its number, from 1. A released attempt gives its number back, so that the next one has the same.',
  examples: [1]
})

const EarlierAttempt = Type.Object({
  attempt: AttemptNumber,
  agent: Nullable('string', { description: 'Null for an agent without a name', examples: ['lab-2'] }),
  claimed_at: Type.Optional(Timestamp),
  ended_at: Type.Optional(Timestamp),
  outcome: Outcome,
  message: Type.Optional(Message)
}, { title: 'EarlierAttempt' })

/** Members of an operation: the attempt that `agent` and `claimed_at` belong to, and the others. */
export const ATTEMPT_MEMBERS = {
  attempt: Type.Optional(Type.Integer({
    description: 'The number of the attempt that `agent`, `claimed_at`, `ended_at` and `outcome` belong to: the one ' +
      'that gave the result, or else the last. Absent without one.',
    examples: [2]
  })),
  ended_at: Type.Optional(Timestamp),
  outcome: Type.Optional(Type.Unsafe<AttemptOutcome>({ ...Outcome, description: 'Absent while the attempt is open' })),
  message: Type.Optional(Message),
  earlier_attempts: Type.Optional(Type.Array(EarlierAttempt, {
    description: 'The other attempts that ended, in the order of their ends; of more than ' +
      `${MAX_ENDED_ATTEMPTS} the first and the latest. Absent for none.`
  }))
}

/** These members for a task. */
export function attemptMembers (
  task: OperationStates['tasks'][number]
): Written<Static<TObject<typeof ATTEMPT_MEMBERS>>> {
  const { own, earlier } = attemptsOf(task)
  return {
    attempt: own?.attempt,
    ended_at: own?.endedAt == null ? undefined : timestamp(own.endedAt),
    outcome: own?.outcome ?? undefined,
    message: own?.message,
    earlier_attempts: earlier.length === 0 ? undefined : earlier.map(earlierAttempt)
  }
}

function earlierAttempt (
  { attempt, agent, claimedAt, endedAt, outcome, message }: EndedAttempt
): Static<typeof EarlierAttempt> {
  return {
    attempt,
    agent,
    ...claimedAt !== null && { claimed_at: timestamp(claimedAt) },
    ...endedAt !== null && { ended_at: timestamp(endedAt) },
    outcome,
    ...message !== undefined && { message }
  }
}
