import type { Clock } from '../../core/clock.js'
import type { StoreContext } from './context.js'
import { createIdleCheck } from './unschedule-idle.js'
import { createRetention } from './retention.js'
import { mergeRevisions } from './sql/revisions.js'
import { pruneDeletions } from './sql/changes.js'
import { start as startStatement } from './sql/claim.js'
import { call } from './statement.js'

/** How often the counts of closed connections are merged, in ms. */
const MERGE_MS = 3_600_000

/** How often the record of deletions is pruned, and how long a deletion stays in it, in ms. */
const PRUNE_MS = 60_000
const KEEP_MS = 600_000

/** Work behind the verbs, which any server does for all. */
export function createMaintenance (
  context: StoreContext, clock: Pick<Clock, 'after' | 'monotonic'>, graceMs: number, onFault: (error: unknown) => void
) {
  const { run } = context
  const underWay = new Set<Promise<void>>()
  const retention = createRetention(context, clock, graceMs, start)
  const idle = createIdleCheck(context, clock, start)
  let cancelMerge = (): void => {}
  let cancelPrune = (): void => {}
  let isStopped = false

  function start (work: () => Promise<void>): void {
    if (isStopped) return
    const done = work().catch(onFault).finally(() => underWay.delete(done))
    underWay.add(done)
  }

  async function merge (): Promise<void> {
    await run([call(mergeRevisions, {})])
    if (!isStopped) cancelMerge = clock.after(MERGE_MS, () => start(merge))
  }

  async function prune (): Promise<void> {
    if (!isStopped) cancelPrune = clock.after(PRUNE_MS, () => start(prune))
    await run([call(pruneDeletions, { keep_ms: KEEP_MS })])
  }

  return {
    /** Starts expressions whose rows their first claim had to skip. */
    start (expressions: readonly number[]): void {
      if (expressions.length === 0) return
      start(async () => { await run([call(startStatement, { expressions })]) })
    },

    finished: retention.finished,
    claimed: idle.claimed,

    /** Does what servers that were killed have left. */
    async catchUp (): Promise<void> {
      await merge()
      await prune()
      await retention.catchUp()
      await idle.catchUp()
    },

    /** Fulfilled when no work is under way; none starts after it. */
    async stop (): Promise<void> {
      isStopped = true
      retention.stop()
      idle.stop()
      cancelMerge()
      cancelPrune()
      await Promise.all(underWay)
    }
  }
}
