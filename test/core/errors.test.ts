import { test } from 'tap'
import { DomainError, domainError, failure, messageOf } from '../../src/core/errors.js'

test('a message is filled from its data', async t => {
  t.equal(messageOf('expression_unknown', { id: 7 }), 'Expression 7 does not exist')
  t.equal(messageOf('method_not_allowed', { method: 'PUT', allowed: 'GET, POST' }),
    'PUT is not allowed here; use GET, POST')
  t.equal(messageOf('expression_unknown', { id: 0 }), 'Expression 0 does not exist', '0 is a value')
})

test('data is inserted literally, and a placeholder without data remains', async t => {
  t.equal(messageOf('operation_failed', { operation: '2 + 2', reason: 'costs $& or {id}' }),
    'An agent could not compute 2 + 2: costs $& or {id}')
  t.equal(messageOf('expression_unknown'), 'Expression {id} does not exist')
})

test('a domain error has code, data and message', async t => {
  const error = domainError('expression_too_long', { position: 3, length: 1, actual: 4, limit: 3 })
  t.ok(error instanceof Error)
  t.match(error, {
    name: 'DomainError',
    code: 'expression_too_long',
    message: 'The expression has 4 characters; the limit is 3',
    data: { position: 3, length: 1, actual: 4, limit: 3 }
  })
  t.same(domainError('draining').data, {})
})

test('an error has a cause only if one is given', async t => {
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
    message: 'No result for 2 + 2 after 5 attempts'
  })
})
