import type { EndedAttempt } from '../../../src/core/queue/calculation.js'
import type { ClaimedTask, Outcome, Report, Store } from '../../../src/core/store.js'
import { type Bundle, claimBy } from '../fixture.js'

/** The first operation of the first expression: its own attempt, and the others. */
export async function recordOf (store: Store): Promise<object> {
  const { state, attempts, agent, claimedAt, completedAt, endedAttempts } = (await store.findOperations(1))!.tasks[0]!
  return { state, attempts, agent, claimedAt, completedAt, endedAttempts }
}

export async function claim (store: Store, agent: string | null): Promise<ClaimedTask> {
  const [task] = await store.claim(claimBy(agent))
  if (task === undefined) throw new Error('There was nothing to claim')
  return task
}

export async function tell (store: Store, report: Report): Promise<Outcome> {
  const [outcome] = await store.report([report])
  return outcome!
}

export const noBeads = (retryable: boolean) => ({ code: 'out_of_beads', message: 'No beads', retryable })

/** Ends the lease of the task and nothing else. */
export async function expire ({ store, clock }: Bundle): Promise<number> {
  clock.advance(20_000)
  await store.expire()
  return clock.now()
}

/** A claim, and its end when the lease expires. */
export async function lose (bundle: Bundle, agent: string | null): Promise<EndedAttempt> {
  const { lease, attempt } = await claim(bundle.store, agent)
  const claimedAt = bundle.clock.now()
  const endedAt = await expire(bundle)
  return { attempt, agent, lease, claimedAt, endedAt, outcome: 'expired' }
}
