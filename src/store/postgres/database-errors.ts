import pg from 'pg'
import { codeOf } from '../../core/error-code.js'
import { domainError, DomainError, isUnavailable } from '../../core/errors.js'

/**
 * What an error of the database is about, by its code:
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */

/**
 * The state of the database or of the connection, whatever the statement: shut down, read-only, full, out of
 * connections, without its tables, without rights, or with plans that no longer fit its tables.
 */
const OF_STATE = /^(08|0A|25|26|28|3D|3F|53|55|57|58|XX|42501|42P01|42703|42704|42883)/

/** Of these, what a single statement can cause: it took too long or too much memory, or met a corrupt row. */
const OF_STATEMENT = /^(57014|53200|XX)/

/** Two transactions collided; one of them has to be tried again. */
const OF_RACE = /^(40|23505)/

/** A text contains a character that the database does not support. */
const OF_TEXT = /^(22021|22P05)/

/** Whether a working database refuses the statement. */
export function isRefusal (error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && !OF_STATE.test(codeOf(error))
}

/** Whether the same statement may succeed when it is tried again. */
export function isRace (error: pg.DatabaseError): boolean {
  return OF_RACE.test(codeOf(error))
}

/** The error that the caller of a verb gets. */
export function toStoreError (error: unknown): unknown {
  if (!isRefusal(error) || isRace(error)) return domainError('storage_unavailable', {}, error)
  if (!OF_TEXT.test(codeOf(error))) return error
  return domainError('body_invalid', { reason: 'the database cannot store one of its characters' }, error)
}

/**
 * The items of a batch that a store error concerns: perhaps one of them (`item`: nothing was done, and each is tried
 * alone), those of the batch, or also all that wait for the next one.
 */
export type ErrorScope = 'item' | 'batch' | 'all'

export function scopeOf (storeError: unknown): ErrorScope {
  const error = storeError instanceof DomainError ? storeError.cause : storeError
  // Only an answer of the database says that the transaction was rolled back.
  if (!(error instanceof pg.DatabaseError)) return isUnavailable(storeError) ? 'all' : 'batch'
  const code = codeOf(error)
  return OF_STATE.test(code) && !OF_STATEMENT.test(code) ? 'all' : 'item'
}
