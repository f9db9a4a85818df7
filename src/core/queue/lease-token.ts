import type { Outcome } from '../store.js'

/**
 * A lease token names the store that issued it and, after this character, the attempt. Neither part ever has it, and
 * it may stand in URLs. Tokens of before stores had names have none.
 */
const SEPARATOR = '~'

/** The token by which the store of this name leases a task; `attempt` is one that no other lease ever had. */
export function leaseToken (issuer: string, attempt: string): string {
  return `${issuer}${SEPARATOR}${attempt}`
}

/**
 * True for a token that names another store: there the task's id means another task, so whatever comes with it is about
 * a task that this store does not know. One that names no store may be this one's, from before it had a name.
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
