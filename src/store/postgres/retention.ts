import type { Clock } from '../../core/clock.js'
import type { StoreContext } from './context.js'
import { deleteOldest } from './sql/delete-oldest.js'
import { call } from './statement.js'

/** A search for surplus expressions reads all that are retained; so there is one for each hundredth of these. */
const SEARCHES = 100

/** Expressions in one transaction. */
const MOST = 100

/**
 * Deletes final expressions beyond retention.
 *
 * @param graceMs how long a final expression stays at least
 * @param start runs work in the background
 */
export function createRetention (
  { rules, rows }: StoreContext, clock: Pick<Clock, 'after'>, graceMs: number,
  start: (work: () => Promise<void>) => void
) {
  const slack = Math.floor(rules.retain / SEARCHES)
  let finishedSince = 0
  let cancel: (() => void) | null = null
  let isStopped = false

  /** Expressions that finish before the timer ends are too young then, and set another. */
  function later (): void {
    finishedSince = 0
    if (graceMs === 0) return start(deleteSurplus)
    cancel = clock.after(graceMs, () => {
      cancel = null
      start(deleteSurplus)
      if (finishedSince > slack) later()
    })
  }

  async function deleteSurplus (): Promise<void> {
    const deleted = await rows(call(deleteOldest, { retain: rules.retain, most: MOST, grace_ms: graceMs }))
    if (deleted.length === MOST && !isStopped) await deleteSurplus()
  }

  return {
    /** This many expressions have become final. */
    finished (count: number): void {
      finishedSince += count
      if (count > 0 && finishedSince > slack && cancel === null && !isStopped) later()
    },

    async catchUp (): Promise<void> {
      await deleteSurplus()
      if (graceMs > 0) later()
    },

    stop (): void {
      isStopped = true
      cancel?.()
    }
  }
}
