import { test } from 'tap'
import { timestamp } from '../../../src/http/schemas/common.js'

test('a timestamp is what a Date writes, whichever was written before', async t => {
  const times = [0, 1, 999, 1_000, 1_001, 999, 1_764_200_000_007, 1_764_200_000_070, 1_764_200_000_700,
    -1, -1_000, -1_001, 253_402_300_800_000, 1.5, 1_764_200_000_007.9, -0.5, 8.64e15, -8.64e15]
  for (const ms of times) t.equal(timestamp(ms), new Date(ms).toISOString())
})

test('a time that no Date has is refused', async t => {
  for (const ms of [NaN, Infinity, 8.64e15 + 1_000]) t.throws(() => timestamp(ms), RangeError)
})
