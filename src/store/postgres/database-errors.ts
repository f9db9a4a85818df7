import pg from 'pg'
import { DomainError, domainError, isUnavailable } from '../../core/errors.js'

/**
 * What an error of the database is about, by its code:
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */

/**
 * The state of the database or of the connection, whatever the statement was: shut down, read-only, full, without
 * connections, without its tables, without rights, or with plans that no longer fit its tables.
 */
const OF_STATE = /^(08|0A|25|26|28|3D|3F|53|55|57|58|XX|42501|42P01|42703|42704|42883)/

/** Of these, what a single statement can cause: it took too long or too much memory, or met a damaged row. */
const OF_STATEMENT = /^(57014|53200|XX)/

/** Two transactions met; one of them is to be tried again. */
const OF_RACE = /^(40|23505)/

/** A text has a character that the database does not have. */
const OF_TEXT = /^(22021|22P05)/

/** The database refuses what it was asked, and is well. */
export function isRefusal (error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && !OF_STATE.test(codeOf(error))
}

/** Whether the same may succeed when it is tried again. */
export function isRace (error: pg.DatabaseError): boolean {
  return OF_RACE.test(codeOf(error))
}

/** What a caller is told. */
export function toldOf (error: unknown): unknown {
  if (!isRefusal(error) || isRace(error)) return domainError('storage_unavailable', {}, error)
  if (!OF_TEXT.test(codeOf(error))) return error
  return domainError('body_invalid', { reason: 'the database cannot store one of its characters' }, error)
}

/**
 * Which calls an error that was told concerns, when several share a transaction: perhaps one of them (`each` is tried
 * alone, for nothing was done), those that share it, or also all that wait for the next one.
 */
export type Reach = 'each' | 'sharing' | 'all'

export function reachOf (told: unknown): Reach {
  const error = told instanceof DomainError ? told.cause : told
  // Only an answer of the database says that the transaction was rolled back.
  if (!(error instanceof pg.DatabaseError)) return isUnavailable(told) ? 'all' : 'sharing'
  const code = codeOf(error)
  return OF_STATE.test(code) && !OF_STATEMENT.test(code) ? 'all' : 'each'
}

function codeOf ({ code = '' }: pg.DatabaseError): string {
  return code
}
