import fc from 'fast-check'
import { test } from 'tap'
import { hypotenuse } from '../../../src/core/operations/hypotenuse.js'
import { isNearestRoot, rational } from './rational.js'

/** From Python 3: `float((Decimal(left) ** 2 + Decimal(right) ** 2).sqrt())` with 900 digits. */
const TABLE: ReadonlyArray<readonly [left: number, right: number, result: number]> = [
  [20, 99, 101], [27, 120, 123], [0.1, 0.3, 0.31622776601683794], [1e+200, 1e+200, 1.414213562373095e+200],
  [1e+308, 1e+308, 1.4142135623730951e+308], [5e-324, 5e-324, 5e-324], [1.5e-323, 2e-323, 2.5e-323],
  [1, 1.4901161193847656e-8, 1], [1, 7.450580596923828e-9, 1], [1e-160, 3e-160, 3.162277660168379e-160],
  [3.3, 4.4, 5.5], [1e+154, 7, 1e+154], [123456789, 987654321, 995340462.62581],
  [1.7976931348623157e+308, 1e+300, 1.7976931348623157e+308]
]

test('hypotenuses are what an independent source says', async t => {
  for (const [left, right, result] of TABLE) {
    t.equal(hypotenuse(left, right), result, `of ${left} and ${right}`)
    t.equal(hypotenuse(-right, left), result, `of ${-right} and ${left}`)
  }
})

test('a hypotenuse is the double nearest to the true value', async t => {
  const doubles = fc.double({ noNaN: true, noDefaultInfinity: true })
  const legs = fc.tuple(doubles, fc.double({ min: 1e-10, max: 1, noNaN: true }))
  fc.assert(fc.property(legs, ([left, share]) => {
    const right = left * share
    const [{ numerator: a, denominator: b }, { numerator: c, denominator: d }] = [rational(left), rational(right)]
    const result = hypotenuse(left, right)
    const square = { numerator: (a * d) ** 2n + (c * b) ** 2n, denominator: (b * d) ** 2n }
    if (!isNearestRoot(result, square)) throw new Error(`of ${left} and ${right}: ${result}`)
  }), { numRuns: 2_000 })
})

test('whole sides have a whole hypotenuse', async t => {
  for (let m = 2; m < 60; m++) {
    for (let n = 1; n < m; n++) t.equal(hypotenuse(m * m - n * n, 2 * m * n), m * m + n * n)
  }
})
