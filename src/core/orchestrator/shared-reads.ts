import type { Clock } from '../clock.js'

/** How long the pieces of a start are shared, in ms, and how many of them. */
const SHARED_MS = 1_000
const MAX_SHARED = 16

/**
 * The pieces of starts, which followers that start together share. An answer may be older than the last hint: a
 * follower that reads on from it misses nothing.
 *
 * @param onRead called with each answer that was not shared
 */
export function createSharedReads<Answer> (
  read: (position: string | null, isFirst: boolean) => Promise<Answer>, clock: Pick<Clock, 'monotonic'>,
  onRead: (answer: Answer) => void
) {
  const shared = new Map<string | null, { readonly at: number, readonly answer: Promise<Answer> }>()

  /** Drops what is no longer shared. */
  function forget (): void {
    const now = clock.monotonic()
    for (const [position, { at }] of shared) if (now - at > SHARED_MS) shared.delete(position)
  }

  return {
    forget,

    clear: (): void => shared.clear(),

    /** Whether a read of this position may be shared. */
    has: (position: string | null): boolean => shared.has(position),

    read (position: string | null, isFirst: boolean): Promise<Answer> {
      forget()
      const found = shared.get(position)
      if (found !== undefined) return found.answer
      const answer = read(position, isFirst)
      const [oldest] = shared.keys()
      if (oldest !== undefined && shared.size >= MAX_SHARED) shared.delete(oldest)
      shared.set(position, { at: clock.monotonic(), answer })
      answer.then(onRead, () => shared.delete(position))
      return answer
    }
  }
}
