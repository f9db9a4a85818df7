/**
 * The server's time at a page. The page's own clock may be wrong: only how far it has run since a message counts, and
 * the message that arrived fastest says how far the two are apart. Messages of long ago do not count: the clocks drift
 * apart, and that of the server may be set.
 */
export function createServerClock (elapsedMs: () => number) {
  let offsetMs: number | null = null
  // The greatest offsets of this window and of the one before.
  let [own, earlier] = [-Infinity, -Infinity]
  let sinceMs = elapsedMs()
  let stoppedMs: number | null = null

  function nowMs (): number | null {
    return stoppedMs ?? (offsetMs === null ? null : offsetMs + elapsedMs())
  }

  return {
    /** @param now the time of the server in a message that has just arrived, RFC 3339 */
    heard (now: string): void {
      const atMs = elapsedMs()
      const offset = Date.parse(now) - atMs
      // Further behind than any delay: the server's clock was set.
      if (offsetMs !== null && offsetMs - offset > CLOCK_SET_MS) own = earlier = -Infinity
      if (atMs - sinceMs >= WINDOW_MS) {
        [own, earlier] = [-Infinity, own]
        sinceMs = atMs
      }
      own = Math.max(own, offset)
      offsetMs = Math.max(own, earlier)
    },

    /** In ms since 1970; null before the first message. */
    nowMs,

    /** Stands still, since nothing is known of what comes now; goes on from the present when it is to go again. */
    setStopped (isStopped: boolean): void {
      stoppedMs = isStopped ? nowMs() : null
    }
  }
}

const CLOCK_SET_MS = 60_000
const WINDOW_MS = 60_000

export type ServerClock = ReturnType<typeof createServerClock>
