import { test } from 'tap'
import { DomainError, domainError, failure, messageOf } from '../../src/core/errors.js'

test('a message has the data in its places', async t => {
  t.equal(messageOf('expression_unknown', { id: 7 }), 'There is no expression 7')
  t.equal(messageOf('method_not_allowed', { method: 'PUT', allowed: 'GET, POST' }),
    'PUT is not possible here; allowed: GET, POST')
  t.equal(messageOf('expression_unknown', { id: 0 }), 'There is no expression 0', '0 is a value')
})

test('data is put in as it is, and a place without data stays visible', async t => {
  t.equal(messageOf('operation_failed', { operation: '2 + 2', reason: 'costs $& or {id}' }),
    'An agent could not compute 2 + 2: costs $& or {id}')
  t.equal(messageOf('expression_unknown'), 'There is no expression {id}')
})

test('a domain error says its code, its data and its sentence', async t => {
  const error = domainError('expression_too_long', { position: 3, length: 1, actual: 4, limit: 3 })
  t.ok(error instanceof Error)
  t.match(error, {
    name: 'DomainError',
    code: 'expression_too_long',
    message: 'The expression has 4 characters; at most 3 are accepted',
    data: { position: 3, length: 1, actual: 4, limit: 3 }
  })
  t.same(domainError('draining').data, {})
})

test('the cause is kept, and only where there is one', async t => {
  const cause = new Error('the disk is full')
  t.equal(domainError('storage_unavailable', {}, cause).cause, cause)
  t.notOk('cause' in domainError('storage_unavailable'))
})

test('only an instance is a domain error', async t => {
  const error = domainError('draining')
  t.ok(error instanceof DomainError)
  const lookalike = Object.assign(new Error(error.message), { name: error.name, code: error.code, data: error.data })
  for (const other of [lookalike, { ...error }, 'draining', undefined, null, 7]) t.notOk(other instanceof DomainError)
})

test('a failure is plain data', async t => {
  t.strictSame(failure('attempts_exhausted', { operation: '2 + 2', attempts: 5 }), {
    code: 'attempts_exhausted',
    message: '2 + 2 was handed out 5 times and no result came back in time'
  })
})
