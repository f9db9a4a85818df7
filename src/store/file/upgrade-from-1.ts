import type { EndedAttempt } from '../../core/queue/calculation.js'
import type { Transition } from '../../core/queue/transition.js'
import type { CalculationRecord, TaskRecord } from './calculation-record.js'

/**
 * Version 1 recorded of earlier attempts only the agents, and not why they ended: all of them count as expired. It did
 * not record releases and cancelled attempts.
 */

/** Upgrades a line of the journal. */
export function transitionFrom1 (transition: Transition): Transition {
  return transition.do === 'retry' ? { ...transition, outcome: 'expired' } : transition
}

/** Upgrades the snapshot. */
export function snapshotFrom1<Snapshot extends { readonly expressions: readonly CalculationRecord[] }> (
  snapshot: Snapshot
): Snapshot {
  return { ...snapshot, expressions: snapshot.expressions.map(calculationFrom1) }
}

function calculationFrom1 (record: CalculationRecord): CalculationRecord {
  return { ...record, tasks: record.tasks.map(taskFrom1) }
}

function taskFrom1 (record: TaskRecord): TaskRecord {
  const [state, missing, value, attempts, lease, leaseMs, agent, claimedAt, completedAt] = record
  const isOwnOpen = state === 'leased' || state === 'completed'
  const own = claimedAt === null ? 0 : 1
  const earlier = expiredAttempts(record[9] ?? [], attempts - own)
  // The attempt in the task's own fields has ended, too.
  const last = own === 1 && !isOwnOpen ? [expired(attempts, agent, claimedAt)] : []
  const ended = [...earlier, ...last]
  const common = [state, missing, value, attempts, lease, leaseMs, agent, claimedAt, completedAt] as const
  const endedAttempts = ended.length === 0 ? null : ended
  if (record[10]) return [...common, endedAttempts, true]
  return endedAttempts === null ? common : [...common, endedAttempts]
}

/**
 * @param agents of the attempts in their order: texts in version 1
 * @param last the number of the last of them
 */
function expiredAttempts (agents: ReadonlyArray<EndedAttempt | string | null>, last: number): EndedAttempt[] {
  return agents.map((agent, index) =>
    expired(last - agents.length + 1 + index, typeof agent === 'string' ? agent : null, null))
}

function expired (attempt: number, agent: string | null, claimedAt: number | null): EndedAttempt {
  return { attempt, agent, lease: null, claimedAt, endedAt: null, outcome: 'expired' }
}
