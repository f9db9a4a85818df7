import { test } from 'tap'
import { isForeign, leaseToken, ownOf } from '../../../src/core/queue/lease-token.js'

test('a token names its store, and no other store takes it for its own', async t => {
  const token = leaseToken('one', 'a.1')
  t.notOk(isForeign('one', token))
  t.ok(isForeign('two', token))
  t.ok(isForeign('on', token), 'the whole name counts')
  t.ok(isForeign('one.', token))
  t.match(token, /^[\w.~-]+$/, 'it can stand in a URL, a header and JSON as it is')
})

test('no token, and one that names no store, is nobody else\'s', async t => {
  for (const lease of [null, '', 'mNf2sQ0yJw4x.1', 'anything']) t.notOk(isForeign('one', lease))
})

test('what is of another store is left out, and unknown in its place', async t => {
  const [own, foreign] = [{ lease: leaseToken('one', '1') }, { lease: leaseToken('two', '1') }]
  const plain = { lease: null }
  const { own: judged, complete } = ownOf('one', [foreign, own, foreign, plain])
  t.same(judged, [own, plain])
  t.same(complete(['accepted', 'ignored']), ['unknown', 'accepted', 'unknown', 'ignored'])
  t.same(ownOf('one', [foreign]).complete([]), ['unknown'])
})
