import type { Outcome } from '../store.js'

/**
 * A lease token consists of the name of the store that issued it, this character, and the name of the attempt. Neither
 * name contains the character, which is allowed in URLs.
 */
const SEPARATOR = '~'

/** The token by which the store of this name leases a task; `attempt` is one that no other lease ever had. */
export function leaseToken (issuer: string, attempt: string): string {
  return `${issuer}${SEPARATOR}${attempt}`
}

/**
 * Whether a token names another store. There the id of the task means another task, so a report with such a token is
 * about a task that is unknown here. A text that names no store was issued by none: it is judged as an unknown attempt.
 */
export function isForeign (issuer: string, lease: string | null): boolean {
  return lease !== null && lease.includes(SEPARATOR) && !lease.startsWith(`${issuer}${SEPARATOR}`)
}

/**
 * Of reports or leases, those that this store has to judge, and how the outcomes of these become one for each that was
 * named: what comes with a token of another store is `unknown`.
 */
export function ownOf<Item extends { readonly lease: string | null }> (
  issuer: string, items: readonly Item[]
): { readonly own: readonly Item[], complete (outcomes: readonly Outcome[]): Outcome[] } {
  const foreign = items.map(({ lease }) => isForeign(issuer, lease))
  return {
    own: items.filter((_, index) => !foreign[index]),
    complete (outcomes) {
      let judged = 0
      return foreign.map(other => other ? 'unknown' : outcomes[judged++]!)
    }
  }
}
