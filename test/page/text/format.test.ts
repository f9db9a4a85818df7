import fc from 'fast-check'
import { test } from 'tap'
import { duration, shortName, shortNumber } from '../../../src/page/text/format.js'

test('a number that does not fit is rounded, with a sign of it', async t => {
  const written: ReadonlyArray<readonly [value: number, text: string]> = [
    [0, '0'], [-2.5, '-2.5'], [1234567, '1234567'], [1e21, '1e21'], [5e-7, '5e-7'], [1.4142135623730951, '≈1.4142'],
    [5000100000, '≈5e9'], [1 / 3, '≈0.3333'], [-1 / 3, '≈-0.333'], [123456789, '≈1.23e8']
  ]
  for (const [value, text] of written) t.equal(shortNumber(value), text)
})

test('a number is written in a few characters, exactly or nearly', async t => {
  fc.assert(fc.property(fc.double({ min: -1e308, max: 1e308, noNaN: true }), value => {
    const text = shortNumber(value)
    t.ok(text.length <= 8, text)
    if (!text.startsWith('≈')) t.equal(Number(text), value === 0 ? 0 : value)
    else t.ok(Math.abs(Number(text.slice(1)) - value) <= Math.abs(value) / 2)
  }))
})

test('a duration has the units of the language', async t => {
  t.equal(duration(0, 'en'), '0 ms')
  t.equal(duration(850, 'en'), '850 ms')
  t.equal(duration(999.7, 'en'), '1 s')
  t.equal(duration(2_449, 'ru'), '2,4 с')
  t.equal(duration(59_960, 'es'), '1 min 0 s')
  t.equal(duration(185_000, 'en'), '3 min 5 s')
  t.equal(duration(3_599_600, 'en'), '1 h 0 min')
  t.equal(duration(18_720_000, 'ru'), '5 ч 12 мин')
  t.equal(duration(86_399_000, 'es'), '1 d 0 h')
  t.equal(duration(100 * 86_400_000 + 5 * 3_600_000, 'ru'), '100 д 5 ч')
})

test('a name that does not fit keeps its ends', async t => {
  t.equal(shortName('ada', 7), 'ada')
  t.equal(shortName('lab-314', 7), 'lab-314')
  t.equal(shortName('classroom-8080-f00d', 7), 'cla…00d')
  t.equal(shortName('classroom-8080-f00d', 8), 'cla…f00d')
  t.equal(shortName('classroom', 1), '…')
})
