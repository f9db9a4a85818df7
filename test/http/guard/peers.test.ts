import { test } from 'tap'
import { plainAddress, rangeCheck } from '../../../src/http/guard/peers.js'

test('families are apart', async t => {
  for (const [ranges, peer, isIn] of [
    [['::/0'], '203.0.113.7', false],
    [['::/0'], '2001:db8::1', true],
    [['::/1'], '127.0.0.1', false],
    [['0.0.0.0/0'], '203.0.113.7', true],
    [['0.0.0.0/0'], '2001:db8::1', false],
    [['0.0.0.0/0'], '::203.0.113.7', false],
    [['0.0.0.0/0', '::/0'], '2001:db8::1', true]
  ] as const) {
    t.equal(rangeCheck(ranges)(peer), isIn, `${ranges.join()} ${peer}`)
  }
})

test('a range of IPv4 addresses may be written in IPv6', async t => {
  for (const [range, peer, isIn] of [
    ['::ffff:10.0.0.0/104', '10.255.0.1', true],
    ['::ffff:10.0.0.0/104', '11.0.0.1', false],
    ['::FFFF:a00:0/104', '10.255.0.1', true],
    ['0:0:0:0:0:ffff:10.1.2.3', '10.1.2.3', true],
    ['::ffff:10.1.2.3', '10.1.2.4', false],
    ['::ffff:0:0/96', '203.0.113.7', true],
    ['::ffff:0:0/95', '203.0.113.7', false],
    ['::10.1.2.3', '10.1.2.3', false],
    ['64:ff9b::10.1.2.3', '10.1.2.3', false]
  ] as const) {
    t.equal(rangeCheck([range])(peer), isIn, `${range} ${peer}`)
  }
})

test('a peer without an address is in no range', async t => {
  for (const peer of ['', 'nonsense', '::ffff:10.0.0.1']) t.equal(rangeCheck(['0.0.0.0/0'])(peer), false, peer)
  t.equal(rangeCheck(['0.0.0.0/0'])(plainAddress('::ffff:10.0.0.1')), true)
  t.equal(rangeCheck([])('127.0.0.1'), false)
})
