import { text } from '../fields.js'
import { statement } from '../statement.js'

/** The prefix of the lease tokens of this database. */
export const issuer = statement('issuer', {}, { name: text }, 'SELECT name FROM longhand.issuer')
