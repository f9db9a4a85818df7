import type { Clock } from '../../core/clock.js'

/** A fault that recurs within this time, in ms, is the same trouble going on. */
const QUIET_MS = 10_000

/**
 * Limits reports of faults to one of each kind in `QUIET_MS`: while the database is away everything fails, several
 * times a second.
 *
 * @returns the function that takes all faults
 */
export function limitFaults (
  clock: Pick<Clock, 'monotonic'>, onFault: (error: unknown) => void
): (error: unknown) => void {
  const reportedAt = new Map<string, number>()
  return error => {
    const kind = kindOf(error)
    const now = clock.monotonic()
    const last = reportedAt.get(kind)
    if (last !== undefined && now - last < QUIET_MS) return
    reportedAt.set(kind, now)
    onFault(error)
  }
}

/** There are few codes; a message may contain a name, but then the error has a code. */
function kindOf (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? String(error.code) : error.message
}
