import { test } from 'tap'
import { idempotencyOf, sortedMembers } from '../../../src/http/request/idempotency.js'
import { detach } from '../../../src/http/request/detach.js'
import { build } from '../helper.js'

test('without a key, nothing of a body is put in order', async t => {
  const { app } = build(t)
  app.get('/key', async request => idempotencyOf(request, () => { throw new Error('was asked') }) ?? 'none')
  t.equal((await app.inject('/key')).body, 'none')
  t.equal((await app.inject({ url: '/key', headers: { 'idempotency-key': 'k' } })).statusCode, 500)
})

test('members are in the order of their names, whatever their values', t => {
  t.same(sortedMembers({ b: 1, ab: 10, a: 2, a1: 0, é: 3, a_: -1 }),
    [['a', 2], ['a1', 0], ['a_', -1], ['ab', 10], ['b', 1], ['é', 3]])
  t.end()
})

test('a detached part is no longer in the request', t => {
  const request = { body: { expression: '1' } }
  t.same(detach(request, 'body'), { expression: '1' })
  t.equal(request.body, undefined)
  t.end()
})
