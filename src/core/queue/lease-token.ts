import type { Outcome } from '../store.js'

/**
 * A lease token is the name of the store that issued it, this character, and the attempt. Neither part contains it, and
 * it is allowed in URLs. Tokens from before stores had names have none.
 */
const SEPARATOR = '~'

/** @param attempt what no other lease of the store ever had */
export function leaseToken (issuer: string, attempt: string): string {
  return `${issuer}${SEPARATOR}${attempt}`
}

/**
 * Whether the token names another store. There the task's id means another task, so this store does not know the task
 * that the token is about. A token that names no store may be this one's, from before it had a name.
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
