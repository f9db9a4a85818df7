import fc from 'fast-check'
import { test } from 'tap'
import { messageOf } from '../../src/core/errors.js'
import { BASIC_SYMBOLS, OPERATIONS, UNARY_PRECEDENCE, operationOf } from '../../src/core/operations.js'

const numbers = fc.double({ noNaN: true, noDefaultInfinity: true })

/** Doubles whose sum, product or quotient with `partner` lies close to where doubles end. */
const MAX = Number.MAX_VALUE
const mantissas = fc.double({ min: 1, max: 2, maxExcluded: true, noNaN: true })
const signs = fc.constantFrom(1, -1)

/** `mantissa × 2^exponent` without an overflow on the way. */
function scaled (mantissa: number, exponent: number): number {
  const half = Math.trunc(exponent / 2)
  return mantissa * 2 ** half * 2 ** (exponent - half)
}

const offsets = fc.integer({ min: -2, max: 1 })

const products = fc.tuple(mantissas, mantissas, fc.integer({ min: 1, max: 1023 }), offsets, signs)
  .map(([a, b, exponent, off, sign]): [number, number] => {
    return [scaled(a, exponent), sign * scaled(b, Math.min(1023 - exponent + off, 1023))]
  })

const quotients = fc.tuple(mantissas, mantissas, fc.integer({ min: 0, max: 1023 }), offsets, signs)
  .map(([a, b, exponent, off, sign]): [number, number] => {
    return [scaled(a, exponent), sign * scaled(b, exponent - 1023 - off)]
  })

const sums = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: -4, max: 4 }), signs)
  .map(([share, ulps, sign]): [number, number] => {
    // 2^970 is half a unit in the last place of the largest double.
    const left = MAX * share
    return [sign * left, sign * (MAX - left + ulps * 2 ** 969)]
  })
  .filter(([left, right]) => Number.isFinite(left) && Number.isFinite(right))

test('the table has the four basic operations with what the API and the settings need', async t => {
  const rows = [...OPERATIONS.values()]
    .map(({ symbol, name, arity, timeSetting }) => [symbol, name, arity, timeSetting])
  t.strictSame(rows, [
    ['+', 'addition', 2, 'TIME_ADDITION_MS'],
    ['-', 'subtraction', 2, 'TIME_SUBTRACTION_MS'],
    ['*', 'multiplication', 2, 'TIME_MULTIPLICATIONS_MS'],
    ['/', 'division', 2, 'TIME_DIVISIONS_MS']
  ])
  t.strictSame(BASIC_SYMBOLS, ['+', '-', '*', '/'])
  t.equal(operationOf('*').name, 'multiplication')
  t.throws(() => operationOf('constructor'), RangeError)
})

test('no two operations share a spelling, and precedences fit the parser', async t => {
  const spellings = [...OPERATIONS.values()].flatMap(({ symbol, infix }) => infix ? [symbol, ...infix.spellings] : [])
  t.equal(new Set(spellings).size, spellings.length)
  for (const { infix, symbol } of OPERATIONS.values()) {
    if (infix === undefined) continue
    t.ok(infix.precedence > 0, 'above ")" and the end')
    // The printer relies on it: what follows a sign at the right end of a left operand.
    t.ok(infix.precedence < UNARY_PRECEDENCE || infix.associativity === 'right', symbol)
  }
})

test('operations compute what IEEE 754 says', async t => {
  t.equal(operationOf('+').compute(0.1, 0.2), 0.30000000000000004)
  t.equal(operationOf('-').compute(3, 8), -5)
  t.equal(operationOf('*').compute(-4, 2.5), -10)
  t.equal(operationOf('/').compute(1, 3), 1 / 3)
})

test('division by zero is seen before the work, whatever is divided', async t => {
  for (const left of [0, 1, -1, MAX]) {
    for (const right of [0, -0]) t.equal(operationOf('/').refusal(left, right), 'division_by_zero')
  }
  t.equal(operationOf('/').refusal(0, 5), null)
})

test('overflow is seen before the work', async t => {
  t.equal(operationOf('*').refusal(1e308, 10), 'result_out_of_range')
  t.equal(operationOf('+').refusal(MAX, MAX), 'result_out_of_range')
  t.equal(operationOf('-').refusal(-MAX, MAX), 'result_out_of_range')
  t.equal(operationOf('/').refusal(1e308, 1e-10), 'result_out_of_range')
  t.equal(operationOf('*').refusal(0, MAX), null)
  t.equal(operationOf('-').refusal(MAX, MAX), null)
  t.equal(operationOf('+').refusal(MAX, 2 ** 969), null, 'what rounds down to the largest double fits')
  t.equal(operationOf('+').refusal(MAX, 2 ** 970), 'result_out_of_range', 'half a unit more does not')
})

test('what has a finite result is never refused', async t => {
  const pairs = fc.oneof(fc.tuple(numbers, numbers), products, quotients, sums)
  fc.assert(fc.property(fc.constantFrom(...OPERATIONS.values()), pairs, (operation, [left, right]) => {
    const refusal = operation.refusal(left, right)
    if (refusal !== null && Number.isFinite(operation.compute(left, right))) throw new Error(refusal)
  }), { numRuns: 10_000 })
  t.pass()
})

test('sums and differences are refused exactly when they overflow', async t => {
  let overflows = 0
  fc.assert(fc.property(sums, ([left, right]) => {
    for (const [symbol, second] of [['+', right], ['-', -right]] as const) {
      const { compute, refusal } = operationOf(symbol)
      const overflow = !Number.isFinite(compute(left, second))
      if (overflow) overflows++
      if ((refusal(left, second) !== null) !== overflow) throw new Error(`${left} ${symbol} ${second}`)
    }
  }), { numRuns: 5000 })
  t.ok(overflows > 100 && overflows < 9900, 'both sides of the border were seen')
})

test('products and quotients that overflow by more than a hair are refused', async t => {
  let overflows = 0
  fc.assert(fc.property(products, quotients, ([a, b], [c, d]) => {
    if (Math.abs(a / 2 * (b / 2)) > MAX / 4 * 1.00001) {
      overflows++
      if (operationOf('*').refusal(a, b) === null) throw new Error(`${a} * ${b}`)
    }
    if (Math.abs(c / 4 / d) > MAX / 4 * 1.00001) {
      overflows++
      if (operationOf('/').refusal(c, d) === null) throw new Error(`${c} / ${d}`)
    }
  }), { numRuns: 5000 })
  t.ok(overflows > 100, 'the border was crossed')
})

test('every refusal has a sentence', async t => {
  t.match(messageOf('division_by_zero'), /zero/i)
  t.match(messageOf('result_out_of_range', { operation: '1e308 * 10' }), /1e308 \* 10/)
})
