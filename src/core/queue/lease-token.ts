import type { Outcome } from '../store.js'

/**
 * A lease token consists of the name of the store that issued it, this character, and the name of the attempt. Neither
 * name contains the character, which is allowed in URLs.
 */
const SEPARATOR = '~'

/** @param attempt what no other lease of the store ever had */
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
 * The reports or leases that this store decides. `complete` merges their outcomes with `unknown` for those with a token
 * of another store.
 */
export function ownOf<Item extends { readonly lease: string | null }> (
  issuer: string, items: readonly Item[]
): { readonly own: readonly Item[], complete (outcomes: readonly Outcome[]): Outcome[] } {
  const foreign = items.map(({ lease }) => isForeign(issuer, lease))
  return {
    own: items.filter((_, index) => !foreign[index]),
    complete (outcomes) {
      let decided = 0
      return foreign.map(other => other ? 'unknown' : outcomes[decided++]!)
    }
  }
}
