import { statement } from '../statement.js'

/** The name with which the lease tokens of this database begin. */
export const issuer = statement('issuer', {}, 'SELECT name FROM longhand.issuer')
