/**
 * How far a follower of changes has come: it knows what was visible in the snapshot `base`, and in the present pass
 * also what has an id up to `after`, as of the snapshot `next` in which the pass began. The next pass goes on from
 * `next`.
 */
export interface Cursor {
  /** Null: nothing is known. */
  readonly base: string | null
  /** Null between two passes. */
  readonly next: string | null
  readonly after: number
}

export const START: Cursor = { base: null, next: null, after: 0 }

/** A longer text is none of ours. */
const MOST_CHARACTERS = 1_000

/**
 * Transactions under way that a snapshot names. One that would name more forgets which they are: whatever they and
 * later ones changed is read again. So a cursor always fits into a header.
 */
const MOST_UNDER_WAY = 16

/** As PostgreSQL prints a `pg_snapshot`: xmin:xmax:transactions under way. */
const SNAPSHOT = /^(?<xmin>\d{1,18}):(?<xmax>\d{1,18}):(?<underWay>\d{1,18}(?:,\d{1,18})*)?$/

/**
 * The texts of cursors. A text that this store did not write for the same purpose is read as `START`; whether its
 * snapshots are of the past, the database has to say.
 *
 * @param life names the database's life, of letters, digits and `-`: after a restored backup it has another
 */
export function createCursors (life: string) {
  return {
    /** @param of names what the cursor is for, of letters and digits */
    write (of: string, { base, next, after }: Cursor): string {
      return [life, of, after, base ?? '', next ?? ''].join('.')
    },

    read (of: string, text: string | null): Cursor {
      if (text === null || text.length > MOST_CHARACTERS) return START
      const [lifeOf, purpose, after = '', base = '', next = '', ...others] = text.split('.')
      const isOurs = lifeOf === life && purpose === of && others.length === 0 && /^\d{1,15}$/.test(after)
      if (!isOurs || (base === '' && next === '') || ![base, next].every(isSnapshot)) return START
      return { base: base === '' ? null : base, next: next === '' ? null : next, after: Number(after) }
    }
  }
}

/** @param snapshot as PostgreSQL prints it */
export function shorten (snapshot: string): string {
  const { xmin, underWay = '' } = SNAPSHOT.exec(snapshot)?.groups ?? {}
  return xmin !== undefined && underWay.split(',').length > MOST_UNDER_WAY ? `${xmin}:${xmin}:` : snapshot
}

/** What PostgreSQL takes as a `pg_snapshot`, or an empty text. */
function isSnapshot (text: string): boolean {
  if (text === '') return true
  const { xmin, xmax, underWay } = SNAPSHOT.exec(text)?.groups ?? {}
  if (xmin === undefined || xmax === undefined) return false
  const transactions = underWay === undefined ? [] : underWay.split(',').map(BigInt)
  const least = BigInt(xmin)
  const end = BigInt(xmax)
  return least > 0n && least <= end && transactions.every((transaction, index) =>
    transaction >= (transactions[index - 1] ?? least) && transaction < end)
}
