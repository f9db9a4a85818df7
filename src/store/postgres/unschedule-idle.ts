import type { Clock } from '../../core/clock.js'
import type { StoreContext } from './context.js'
import { findIdle, lockIdle, unschedule } from './sql/unschedule.js'
import { call } from './statement.js'

/**
 * How long an expression stays scheduled after a claim, in ms: usually it has ready work again by then, and removing it
 * makes the reports wait that have work for it.
 */
const IDLE_MS = 2_000
const CHECK_MS = 1_000

/** Expressions in one transaction. */
const MOST = 1_000

/**
 * Removes expressions without ready work from the schedule.
 *
 * @param start runs work in the background
 */
export function createIdleCheck (
  { rows, transaction }: StoreContext, clock: Pick<Clock, 'after' | 'monotonic'>,
  start: (work: () => Promise<void>) => void
) {
  /** When each scheduled expression was last claimed from, the longest ago first. */
  const claimedAt = new Map<number, number>()
  let cancel: (() => void) | null = null
  let isStopped = false

  function later (): void {
    if (isStopped || claimedAt.size === 0) return
    cancel ??= clock.after(CHECK_MS, () => {
      cancel = null
      start(check)
    })
  }

  async function check (): Promise<void> {
    const until = clock.monotonic() - IDLE_MS
    const candidates: number[] = []
    for (const [expression, at] of claimedAt) {
      if (at > until || candidates.length === MOST) break
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
    /** These expressions gave a task, perhaps their last ready one. */
    claimed (expressions: Iterable<number>): void {
      const now = clock.monotonic()
      for (const expression of expressions) {
        claimedAt.delete(expression)
        claimedAt.set(expression, now)
      }
      later()
    },

    /** Removes what servers that were killed have left. */
    async catchUp (): Promise<void> {
      for (let found = MOST; found === MOST;) {
        const idle = await rows(call(findIdle, { most: MOST }))
        found = idle.length
        if (found > 0) await remove(idle.map(({ expression }) => expression))
      }
    },

    stop (): void {
      isStopped = true
      cancel?.()
    }
  }
}
