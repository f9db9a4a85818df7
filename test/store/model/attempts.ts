import type { AttemptOutcome, EndedAttempt } from '../../../src/core/queue/calculation.js'
import type { ModelTask } from './world.js'

/** The attempts of the model's tasks. A store keeps this number of ended ones. */
const KEPT = 20

/** The open attempt of a task ends at `at`; nothing happens to a task without one. */
export function endAttempt (task: ModelTask, outcome: AttemptOutcome, at: number, message?: string): void {
  if (task.state !== 'leased') return
  const { attempts: attempt, agent, lease, claimedAt } = task
  const said = message === undefined ? {} : { message }
  note(task, { attempt, agent, lease, claimedAt, endedAt: at, outcome, ...said })
}

/** A result of a task came at `at`: finds the attempt that gave it. */
export function attribute (task: ModelTask, lease: string | null, at: number): void {
  if (task.state === 'leased' && (lease === null || lease === task.lease)) return
  const last = task.ended.at(-1)
  const expired = task.state !== 'leased' && last?.outcome === 'expired' ? last : undefined
  const giver = lease === null ? expired : task.ended.find(attempt => attempt.lease === lease)
  if (giver !== undefined) task.ended.splice(task.ended.indexOf(giver), 1)
  endAttempt(task, 'cancelled', at)
  task.agent = giver === undefined ? null : giver.agent
  task.claimedAt = giver === undefined ? null : giver.claimedAt
  if (giver === undefined || giver.attempt === task.attempts) return
  const { attempt, agent, claimedAt } = giver
  note(task, { attempt, agent, lease: giver.lease, claimedAt, endedAt: at, outcome: 'completed' })
}

function note (task: ModelTask, attempt: EndedAttempt): void {
  task.ended.push(attempt)
  if (task.ended.length > KEPT) task.ended.splice(1, 1)
}
