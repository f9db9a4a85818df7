import type { EndedAttempt, Task } from './calculation.js'

/** Which attempt a task's own fields describe, which others it had, and to which one a result belongs. */

/** Ended attempts kept for one task: the first, and the latest. */
export const MAX_ENDED_ATTEMPTS = 20

/** How an open attempt ends without a result. */
export type AttemptEnd = Pick<EndedAttempt, 'outcome' | 'message'>

/**
 * The attempt that gave a result: its index in `endedAttempts`, or null when it is none that the task knows. Undefined
 * for the usual one: the open attempt or, of an overdue task, the last.
 */
export type ResultAttempt = number | null | undefined

/** The part of a task that tells to which attempt a result belongs. */
export type AttemptFacts = Pick<Task, 'state' | 'lease' | 'endedAttempts'>

/** The part of a task that the end of an attempt changes, or needs. */
export type AttemptRecord = Pick<Task, 'state' | 'attempts' | 'lease' | 'agent' | 'claimedAt' | 'endedAttempts'>

/** The list with one more; at most `MAX_ENDED_ATTEMPTS`. */
export function withEnded (ended: readonly EndedAttempt[] | null, attempt: EndedAttempt): readonly EndedAttempt[] {
  if (ended === null) return [attempt]
  if (ended.length < MAX_ENDED_ATTEMPTS) return [...ended, attempt]
  return [ended[0]!, ...ended.slice(2 - MAX_ENDED_ATTEMPTS), attempt]
}

/** Ends the open attempt of a leased task. Its agent and its claim stay on the task. */
export function endAttempt (task: AttemptRecord, { outcome, message }: AttemptEnd, at: number): void {
  const { attempts: attempt, agent, lease, claimedAt } = task
  const ended = { attempt, agent, lease, claimedAt, endedAt: at, outcome }
  task.endedAttempts = withEnded(task.endedAttempts, message === undefined ? ended : { ...ended, message })
}

/**
 * The attempt that a result belongs to: the one that was granted the lease. A result without a lease belongs to the
 * open attempt; where none is open, to the last one if its lease expired and no attempt followed.
 */
export function attemptOfResult (
  { state, lease: current, endedAttempts }: AttemptFacts, lease: string | null
): ResultAttempt {
  if (state === 'leased' && (lease === null || lease === current)) return undefined
  if (endedAttempts === null) return state === 'leased' ? null : undefined
  const last = endedAttempts.length - 1
  const index = lease === null ? last : endedAttempts.findIndex(attempt => attempt.lease === lease)
  if (index === -1 || (lease === null && endedAttempts[last]!.outcome !== 'expired')) return null
  return state === 'overdue' && index === last ? undefined : index
}

/**
 * Attributes a result that arrived at `at`: the task's own fields describe the attempt that gave it, which leaves
 * `endedAttempts`. It stays there, as the last one and `completed`, only where `attempts` is not its number. An open
 * attempt that did not give the result is `cancelled`.
 */
export function attributeResult (task: AttemptRecord, by: ResultAttempt, at: number): void {
  if (by === undefined && task.state !== 'overdue') return
  const { endedAttempts } = task
  const index = by === undefined ? (endedAttempts?.length ?? 0) - 1 : by
  const giver = index === null ? undefined : endedAttempts?.[index]
  if (giver !== undefined) task.endedAttempts = without(endedAttempts, giver)
  if (task.state === 'leased') endAttempt(task, { outcome: 'cancelled' }, at)
  task.agent = giver?.agent ?? null
  task.claimedAt = giver?.claimedAt ?? null
  if (giver === undefined || giver.attempt === task.attempts) return
  const { message, ...rest } = giver
  task.endedAttempts = withEnded(task.endedAttempts, { ...rest, endedAt: at, outcome: 'completed' })
}

function without (ended: readonly EndedAttempt[] | null, attempt: EndedAttempt): readonly EndedAttempt[] | null {
  const others = ended?.filter(other => other !== attempt) ?? []
  return others.length === 0 ? null : others
}

/** The agents of the attempts of a task that has failed, without those given back; null for one without a name. */
export function agentsOf ({ endedAttempts }: Pick<Task, 'endedAttempts'>): ReadonlyArray<string | null> {
  return endedAttempts?.filter(({ outcome }) => outcome !== 'released').map(({ agent }) => agent) ?? []
}

export interface Attempts {
  /** The attempt that the task's own fields describe: open while `outcome` is null. Null for a task without one. */
  readonly own: OwnAttempt | null
  /** The others, in the order of their ends. */
  readonly earlier: readonly EndedAttempt[]
}

export interface OwnAttempt extends Pick<EndedAttempt, 'attempt' | 'endedAt' | 'message'> {
  readonly outcome: EndedAttempt['outcome'] | null
}

const NONE: readonly EndedAttempt[] = []

/** All attempts of a task, as clients see them. */
export function attemptsOf (
  { state, attempts, claimedAt, completedAt, endedAttempts }: Omit<Readonly<Task>, 'local'>
): Attempts {
  const ended = endedAttempts ?? NONE
  if (claimedAt === null) return { own: null, earlier: ended }
  if (state === 'leased') return { own: { attempt: attempts, endedAt: null, outcome: null }, earlier: ended }
  const last = ended.at(-1)
  if (state === 'completed' && last?.outcome !== 'completed') {
    return { own: { attempt: attempts, endedAt: completedAt, outcome: 'completed' }, earlier: ended }
  }
  return last === undefined ? { own: null, earlier: ended } : { own: last, earlier: ended.slice(0, -1) }
}
