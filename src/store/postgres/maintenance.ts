import type { Clock } from '../../core/clock.js'
import type { StoreContext } from './context.js'
import { start as startStatement } from './sql/start.js'
import { findIdle, lockIdle, unschedule } from './sql/unschedule.js'
import { mergeRevisions } from './sql/merge-revisions.js'
import { deleteOldest } from './sql/delete-oldest.js'
import { call } from './statement.js'

/** A search for surplus expressions reads all that are retained; so there is one for each hundredth of these. */
const SEARCHES = 100

/**
 * How long an expression stays scheduled after a claim, in ms: usually it has ready work again by then, and removing it
 * makes the reports wait that have work for it.
 */
const IDLE_MS = 2_000
const IDLE_CHECK_MS = 1_000

/** How often the counts of closed connections are merged, in ms. */
const MERGE_MS = 3_600_000

/** What goes into one transaction. */
const MOST_DELETED = 100
const MOST_IDLE = 1_000

export interface MaintenanceOptions {
  readonly context: StoreContext
  readonly clock: Pick<Clock, 'after' | 'monotonic'>
  readonly onFault: (error: unknown) => void
  /** How long a final expression stays at least, in ms. */
  readonly graceMs: number
}

/**
 * Work behind the verbs: deletes final expressions beyond retention, removes expressions without ready work from the
 * schedule, and starts expressions whose rows their first claim had to skip. Any server does it for all.
 */
export function createMaintenance ({ context, clock, onFault, graceMs }: MaintenanceOptions) {
  const { rules, run, rows } = context
  const slack = Math.floor(rules.retain / SEARCHES)
  let finished = 0
  let cancelDelete: (() => void) | null = null
  let cancelMerge = (): void => {}
  let isStopped = false
  const underWay = new Set<Promise<void>>()

  function start (work: () => Promise<void>): void {
    if (isStopped) return
    const done = work().catch(onFault).finally(() => underWay.delete(done))
    underWay.add(done)
  }

  /** Expressions that finish before the timer ends are too young then, and set another. */
  function deleteLater (): void {
    finished = 0
    if (graceMs === 0) return start(deleteSurplus)
    cancelDelete = clock.after(graceMs, () => {
      cancelDelete = null
      start(deleteSurplus)
      if (finished > slack) deleteLater()
    })
  }

  async function deleteSurplus (): Promise<void> {
    const values = { retain: rules.retain, most: MOST_DELETED, grace_ms: graceMs }
    const deleted = await rows(call(deleteOldest, values))
    if (deleted.length === MOST_DELETED && !isStopped) await deleteSurplus()
  }

  async function merge (): Promise<void> {
    await run([call(mergeRevisions, {})])
    if (!isStopped) cancelMerge = clock.after(MERGE_MS, () => start(merge))
  }

  const idle = createIdleCheck(context, clock, start)

  return {
    /** The first claim of these expressions had to skip their rows. */
    start (expressions: readonly number[]): void {
      if (expressions.length === 0) return
      start(async () => { await run([call(startStatement, { expressions })]) })
    },

    /** This many expressions have become final. */
    finished (count: number): void {
      finished += count
      if (count > 0 && finished > slack && cancelDelete === null && !isStopped) deleteLater()
    },

    /** These expressions gave a task, perhaps their last ready one. */
    claimed: idle.claimed,

    /** Does what servers that were killed have left. */
    async catchUp (): Promise<void> {
      await merge()
      await deleteSurplus()
      if (graceMs > 0) deleteLater()
      await idle.catchUp()
    },

    /** Fulfilled when no work is under way; none starts after it. */
    async stop (): Promise<void> {
      isStopped = true
      idle.stop()
      cancelMerge()
      cancelDelete?.()
      await Promise.all(underWay)
    }
  }
}

/** Removes expressions without ready work from the schedule. */
function createIdleCheck (
  { rows, transaction }: StoreContext, clock: MaintenanceOptions['clock'], start: (work: () => Promise<void>) => void
) {
  /** When each scheduled expression was last claimed from, the longest ago first. */
  const claimedAt = new Map<number, number>()
  let cancel: (() => void) | null = null
  let isStopped = false

  function later (): void {
    if (isStopped || claimedAt.size === 0) return
    cancel ??= clock.after(IDLE_CHECK_MS, () => {
      cancel = null
      start(check)
    })
  }

  async function check (): Promise<void> {
    const until = clock.monotonic() - IDLE_MS
    const candidates: number[] = []
    for (const [expression, at] of claimedAt) {
      if (at > until || candidates.length === MOST_IDLE) break
      candidates.push(expression)
      claimedAt.delete(expression)
    }
    if (candidates.length > 0) await remove(candidates)
    later()
  }

  async function remove (candidates: readonly number[]): Promise<void> {
    await transaction(async ({ run, rows }) => {
      const locked = await rows(call(lockIdle, { expressions: candidates }))
      const expressions = locked.map(({ expression }) => expression)
      if (expressions.length > 0) await run([call(unschedule, { expressions })])
    })
  }

  return {
    claimed (expressions: Iterable<number>): void {
      const now = clock.monotonic()
      for (const expression of expressions) {
        claimedAt.delete(expression)
        claimedAt.set(expression, now)
      }
      later()
    },

    async catchUp (): Promise<void> {
      for (let found = MOST_IDLE; found === MOST_IDLE;) {
        const idle = await rows(call(findIdle, { most: MOST_IDLE }))
        found = idle.length
        if (found > 0) await remove(idle.map(({ expression }) => expression))
      }
    },

    stop (): void {
      isStopped = true
      cancel?.()
      claimedAt.clear()
    }
  }
}
