import pg from 'pg'
import { test } from 'tap'
import { domainError } from '../../../src/core/errors.js'
import { isRefusal, scopeOf, toStoreError } from '../../../src/store/postgres/database-errors.js'

function errorOf (code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(code, 0, 'error'), { code })
}

test('a database error becomes a store error, with the items that it concerns', async t => {
  const table = [
    ['a character that the database does not support', '22P05', 'body_invalid', 'item'],
    ['another constraint', '23514', '23514', 'item'],
    ['an invalid statement', '42601', '42601', 'item'],
    ['a deadlock, again and again', '40P01', 'storage_unavailable', 'item'],
    ['transactions that cannot be serialized', '40001', 'storage_unavailable', 'item'],
    ['a statement that takes too long', '57014', 'storage_unavailable', 'item'],
    ['a statement that takes too much memory', '53200', 'storage_unavailable', 'item'],
    ['a corrupt row', 'XX001', 'storage_unavailable', 'item'],
    ['a read-only database', '25006', 'storage_unavailable', 'all'],
    ['a database that is shut down', '57P01', 'storage_unavailable', 'all'],
    ['no connection left', '53300', 'storage_unavailable', 'all'],
    ['a full disk', '53100', 'storage_unavailable', 'all'],
    ['a missing table', '42P01', 'storage_unavailable', 'all'],
    ['a missing right', '42501', 'storage_unavailable', 'all'],
    ['a plan that no longer fits its table', '0A000', 'storage_unavailable', 'all'],
    ['a statement that a pooler has prepared on another connection', '26000', 'storage_unavailable', 'all']
  ] as const
  for (const [what, code, expected, scope] of table) {
    t.match(toStoreError(errorOf(code)), { code: expected }, what)
    t.equal(scopeOf(toStoreError(errorOf(code))), scope, what)
  }
})

test('a statement without an answer of the database may have succeeded: it is not tried again', async t => {
  t.equal(scopeOf(toStoreError(new Error('Query read timeout'))), 'all')
  t.equal(scopeOf(new TypeError('a bug')), 'batch')
  t.equal(scopeOf(domainError('queue_full', { what: 'it' })), 'batch')
  t.notOk(isRefusal(new Error('Connection terminated')))
})
