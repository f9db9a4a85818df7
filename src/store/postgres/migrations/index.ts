import { attempts } from './attempts.js'
import { changes } from './changes.js'
import { initial } from './initial.js'

/** A step of the schema; a released one is never changed. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/** All steps, in their order. The names begin with their number. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '0001-initial', sql: initial },
  { name: '0002-changes', sql: changes },
  { name: '0003-attempts', sql: attempts }
]
