/**
 * The server's time at a page. The page's own clock may be wrong: only how far it has run since a message counts, and
 * the message that arrived fastest says how far the two are apart.
 */
export function createServerClock (elapsedMs: () => number) {
  let offsetMs: number | null = null

  return {
    /** @param now the time of the server in a message that has just arrived, RFC 3339 */
    heard (now: string): void {
      const offset = Date.parse(now) - elapsedMs()
      // Further behind than any delay: the server's clock was set.
      const isSet = offsetMs !== null && offsetMs - offset > CLOCK_SET_MS
      if (offsetMs === null || offset > offsetMs || isSet) offsetMs = offset
    },

    /** In ms since 1970; null before the first message. */
    nowMs: (): number | null => offsetMs === null ? null : offsetMs + elapsedMs()
  }
}

const CLOCK_SET_MS = 60_000

export type ServerClock = ReturnType<typeof createServerClock>
