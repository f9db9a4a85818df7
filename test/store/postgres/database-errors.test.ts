import pg from 'pg'
import { test } from 'tap'
import { domainError } from '../../../src/core/errors.js'
import { isRefusal, reachOf, toldOf } from '../../../src/store/postgres/database-errors.js'

function errorOf (code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(code, 0, 'error'), { code })
}

test('an error is told as what it is about, to those whom it concerns', async t => {
  const table = [
    ['a character that the database does not have', '22P05', 'body_invalid', 'each'],
    ['another constraint', '23514', '23514', 'each'],
    ['a fault in a statement of ours', '42601', '42601', 'each'],
    ['a deadlock, again and again', '40P01', 'storage_unavailable', 'each'],
    ['transactions that cannot go together', '40001', 'storage_unavailable', 'each'],
    ['a statement that takes too long', '57014', 'storage_unavailable', 'each'],
    ['a statement that takes too much memory', '53200', 'storage_unavailable', 'each'],
    ['a damaged row', 'XX001', 'storage_unavailable', 'each'],
    ['a database that can only be read', '25006', 'storage_unavailable', 'all'],
    ['a database that is shut down', '57P01', 'storage_unavailable', 'all'],
    ['no connection left', '53300', 'storage_unavailable', 'all'],
    ['a full disk', '53100', 'storage_unavailable', 'all'],
    ['a table that is gone', '42P01', 'storage_unavailable', 'all'],
    ['a right that is gone', '42501', 'storage_unavailable', 'all'],
    ['a plan that no longer fits its table', '0A000', 'storage_unavailable', 'all'],
    ['a statement that a pooler has prepared on another connection', '26000', 'storage_unavailable', 'all']
  ] as const
  for (const [what, code, told, reach] of table) {
    t.match(toldOf(errorOf(code)), { code: told }, what)
    t.equal(reachOf(toldOf(errorOf(code))), reach, what)
  }
})

test('what the database did not answer itself may have been done: it is not tried again', async t => {
  t.equal(reachOf(toldOf(new Error('Query read timeout'))), 'all')
  t.equal(reachOf(new TypeError('a fault of ours')), 'sharing')
  t.equal(reachOf(domainError('queue_full', { what: 'it' })), 'sharing')
  t.notOk(isRefusal(new Error('Connection terminated')))
})
