import type { Clock } from '../../core/clock.js'

/** A fault of a kind that was told less than this ago, in ms, is the same trouble going on. */
const QUIET_MS = 10_000

/**
 * Tells of faults, and not of each: while the database is away everything fails, several times a second.
 *
 * @returns what is to be told of all faults
 */
export function createFaults (
  clock: Pick<Clock, 'monotonic'>, onFault: (error: unknown) => void
): (error: unknown) => void {
  const toldAt = new Map<string, number>()
  return error => {
    const kind = kindOf(error)
    const now = clock.monotonic()
    const last = toldAt.get(kind)
    if (last !== undefined && now - last < QUIET_MS) return
    toldAt.set(kind, now)
    onFault(error)
  }
}

/** Codes are few; messages may have a name in them, but then they have a code. */
function kindOf (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? String(error.code) : error.message
}
