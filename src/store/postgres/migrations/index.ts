import { failedOperation } from './failed-operation.js'
import { first } from './first.js'
import { second } from './second.js'
import { servers } from './servers.js'

/** A step of the schema; a released one is never changed. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/** All steps, in their order. The names begin with their number. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '0001-first', sql: first },
  { name: '0002-issuer', sql: second },
  { name: '0003-servers', sql: servers },
  { name: '0004-failed-operation', sql: failedOperation }
]
