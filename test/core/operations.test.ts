import fc from 'fast-check'
import { test } from 'tap'
import {
  BASIC_SYMBOLS, CALLABLE, OPERATIONS, type RefusalCode, UNARY_PRECEDENCE, operationOf, writeOperation
} from '../../src/core/operations.js'
import { operandFailureOf } from '../../src/core/queue/failure.js'

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

test('the table has every operation with name and setting', async t => {
  const rows = [...OPERATIONS.values()]
    .map(({ symbol, name, arity, timeSetting }) => [symbol, name, arity, timeSetting])
  t.strictSame(rows.slice(0, 6), [
    ['+', 'addition', 2, 'TIME_ADDITION_MS'],
    ['-', 'subtraction', 2, 'TIME_SUBTRACTION_MS'],
    ['*', 'multiplication', 2, 'TIME_MULTIPLICATIONS_MS'],
    ['/', 'division', 2, 'TIME_DIVISIONS_MS'],
    ['%', 'modulo', 2, 'TIME_MODULO_MS'],
    ['^', 'exponentiation', 2, 'TIME_EXPONENTIATION_MS']
  ])
  t.strictSame(rows.at(-1), ['task', 'named task', 1, 'TIME_TASK_MS'])
  for (const [,,, timeSetting] of rows.slice(6, -1)) t.equal(timeSetting, 'TIME_FUNCTIONS_MS')
  t.strictSame([...CALLABLE.keys()].sort(), [
    'abs', 'acos', 'acosd', 'asin', 'asind', 'atan', 'atan2', 'atand', 'cbrt', 'ceil', 'cos', 'cosd', 'exp', 'fac',
    'floor', 'hypot', 'log', 'log10', 'log2', 'max', 'min', 'pow', 'pyt', 'round', 'sign', 'sin', 'sind', 'sqrt', 'tan',
    'tand', 'trunc'
  ])
  for (const [name, { symbol, arity, infix, call: { names, least, most, byDefault } }] of CALLABLE) {
    t.equal(CALLABLE.get(names[0])?.symbol, symbol, 'the canonical name calls it')
    if (infix === undefined) t.equal(names[0], symbol, `what travels for ${name} is its name`)
    t.ok(most === Infinity ? arity === 2 : most === arity, `operands of ${name}`)
    t.equal(byDefault !== undefined, least < most && most < Infinity, `default of ${name}`)
  }
  t.strictSame(BASIC_SYMBOLS, ['+', '-', '*', '/'])
  t.equal(operationOf('*').name, 'multiplication')
  t.throws(() => operationOf('constructor'), RangeError)
  const unwritten = [...OPERATIONS.values()].filter(({ infix, call }) => infix === undefined && call === undefined)
  t.strictSame(unwritten.map(({ symbol }) => symbol), ['task'], 'nothing else is missing in the language')
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

test('division by zero is recognised from the operands', async t => {
  for (const left of [0, 1, -1, MAX]) {
    for (const right of [0, -0]) t.equal(operationOf('/').refusal(left, right), 'division_by_zero')
  }
  t.equal(operationOf('/').refusal(0, 5), null)
})

test('overflow is recognised from the operands', async t => {
  t.equal(operationOf('*').refusal(1e308, 10), 'result_out_of_range')
  t.equal(operationOf('+').refusal(MAX, MAX), 'result_out_of_range')
  t.equal(operationOf('-').refusal(-MAX, MAX), 'result_out_of_range')
  t.equal(operationOf('/').refusal(1e308, 1e-10), 'result_out_of_range')
  t.equal(operationOf('*').refusal(0, MAX), null)
  t.equal(operationOf('-').refusal(MAX, MAX), null)
  t.equal(operationOf('+').refusal(MAX, 2 ** 969), null, 'what rounds down to the largest double fits')
  t.equal(operationOf('+').refusal(MAX, 2 ** 970), 'result_out_of_range', 'half a unit more does not')
})

/** What operations do with these is easily wrong. */
const corners = fc.constantFrom(
  0, 1, -1, 2, -2, 0.5, -0.5, 90, -90, 170, 171, 180, 270, 709.78, 709.79, 1024, 2.5, -2.5, 2 ** 53, -(2 ** 53), MAX,
  -MAX, Number.MIN_VALUE, -Number.MIN_VALUE, Math.E
)

const shares = fc.double({ min: 0.99, max: 1.01, noNaN: true })

/** Powers near to where doubles end. */
const powers = fc.tuple(fc.double({ min: 1.0001, max: 1e300, noNaN: true }), shares)
  .map(([base, off]): [number, number] => [base, 1024 / Math.log2(base) * off])

const pairs = fc.oneof(
  fc.tuple(numbers, numbers), fc.tuple(corners, corners), fc.tuple(numbers, corners), fc.tuple(corners, numbers),
  fc.tuple(fc.integer({ min: -200, max: 200 }), fc.integer({ min: -200, max: 200 })), products, quotients, sums, powers
)

test('a finite result is never refused; an operation that is not refused has one or overflows', async t => {
  let overflows = 0
  fc.assert(fc.property(fc.constantFrom(...OPERATIONS.values()), pairs, (operation, [left, right]) => {
    const refusal = operation.refusal(left, right)
    const result = operation.compute(left, right)
    const call = writeOperation(operation, left, right)
    if (refusal === null && Number.isNaN(result)) throw new Error(`${call} is not a number`)
    if (refusal === null && !Number.isFinite(result)) overflows++
    if (refusal === 'result_out_of_range' && Number.isFinite(result)) throw new Error(`${call} is ${result}`)
    if (refusal === 'domain_error' && operation.domain === undefined) throw new Error(`${call} says nothing`)
  }), { numRuns: 40_000 })
  t.ok(overflows < 400, 'hardly anything overflows unseen')
})

test('commutative operations give the same bits in both orders', async t => {
  const commutative = [...OPERATIONS.values()].filter(({ commutative }) => commutative)
  t.strictSame(commutative.map(({ symbol }) => symbol), ['+', '*', 'min', 'max'])
  fc.assert(fc.property(fc.constantFrom(...commutative), pairs, ({ symbol, compute, refusal }, [left, right]) => {
    if (!Object.is(compute(left, right), compute(right, left))) throw new Error(`${symbol} of ${left} and ${right}`)
    if (refusal(left, right) !== refusal(right, left)) throw new Error(`refusal of ${left} ${symbol} ${right}`)
  }), { numRuns: 4_000 })
})

/** For each symbol: operands, and what they come to exactly. */
const VALUES: Readonly<Record<string, ReadonlyArray<readonly [left: number, right: number, result: number]>>> = {
  '%': [[7, 3, 1], [-7, 3, 2], [7, -3, -2], [-7, -3, -1], [6, 3, 0], [-6, 3, 0], [0, 3, 0], [5.5, 2, 1.5],
    [1, 0.1, 0.09999999999999995], [MAX, 3, 2]],
  '^': [[2, 10, 1024], [2, -1, 0.5], [0, 0, 1], [5, 0, 1], [-2, 3, -8], [-2, -3, -0.125], [10, -5, 0.00001],
    [10, 22, 1e22], [4, 0.5, 2], [0, 3, 0], [-1, MAX, 1], [1, -MAX, 1], [0.5, -2, 4], [2, -1074, Number.MIN_VALUE],
    [2, -1080, 0], [3, 33, 5559060566555523], [10, 26, 1e26], [2.5, -4, 0.0256]],
  sin: [[0, 0, 0], [1, 0, Math.sin(1)], [Math.PI, 0, Math.sin(Math.PI)]],
  cos: [[0, 0, 1], [1, 0, Math.cos(1)]],
  tan: [[0, 0, 0], [1, 0, Math.tan(1)], [90, 0, Math.tan(90)]],
  asin: [[1, 0, Math.PI / 2], [-1, 0, -Math.PI / 2], [0.5, 0, Math.asin(0.5)]],
  acos: [[1, 0, 0], [-1, 0, Math.PI], [0.5, 0, Math.acos(0.5)]],
  atan: [[1, 0, Math.PI / 4], [MAX, 0, Math.PI / 2]],
  atan2: [[1, 1, Math.PI / 4], [0, -1, Math.PI], [-1, 0, -Math.PI / 2], [0, 0, 0]],
  sqrt: [[9, 0, 3], [2, 0, Math.SQRT2], [0, 0, 0]],
  cbrt: [[27, 0, 3], [-27, 0, -3], [0.125, 0, 0.5], [0, 0, 0], [64, 0, 4], [1e18, 0, 1e6]],
  abs: [[-3, 0, 3], [3, 0, 3], [0, 0, 0]],
  ceil: [[1.2, 0, 2], [-1.2, 0, -1], [3, 0, 3]],
  floor: [[1.8, 0, 1], [-1.2, 0, -2], [3, 0, 3]],
  round: [[0.5, 0, 1], [-0.5, 0, -1], [2.5, 0, 3], [-2.5, 0, -3], [1.4, 0, 1], [-1.6, 0, -2],
    [0.49999999999999994, 0, 0], [4503599627370495.5, 0, 4503599627370496], [2 ** 53 + 2, 0, 2 ** 53 + 2]],
  trunc: [[1.8, 0, 1], [-1.8, 0, -1]],
  sign: [[-3, 0, -1], [0, 0, 0], [0.1, 0, 1]],
  exp: [[0, 0, 1], [1, 0, Math.E], [-1000, 0, 0], [709.782712893384, 0, 1.7976931348622732e+308]],
  log: [[1, Math.E, 0], [Math.E, Math.E, 1], [8, 2, 3], [1000, 10, 3], [125, 5, 3], [0.125, 2, -3],
    [10, Math.E, Math.LN10], [2 ** -1074, 2, -1074], [1e26, 10, 26], [1e-17, 10, -17], [3 ** 33, 3, 33]],
  log2: [[8, 0, 3], [2 ** -1074, 0, -1074], [10, 0, Math.log2(10)]],
  log10: [[1000, 0, 3], [0.001, 0, -3], [2, 0, Math.log10(2)]],
  fac: [[0, 0, 1], [1, 0, 1], [5, 0, 120], [22, 0, 1.1240007277776077e21], [25, 0, 1.5511210043330986e25],
    [170, 0, 7.257415615307999e306]],
  min: [[1, 2, 1], [2, 1, 1], [-1, 1, -1]],
  max: [[1, 2, 2], [2, 1, 2], [-1, 1, 1]],
  hypot: [[3, 4, 5], [20, 99, 101], [-3, 4, 5], [0, 0, 0], [1e200, 1e200, 1.414213562373095e200], [MAX, 0, MAX]]
}

test('each operation computes its exact result', async t => {
  for (const [symbol, cases] of Object.entries(VALUES)) {
    const operation = operationOf(symbol)
    for (const [left, right, result] of cases) {
      const text = writeOperation(operation, left, right)
      t.equal(operation.refusal(left, right), null, text)
      t.equal(operation.compute(left, right) + 0, result, text)
    }
  }
  const untested = [...OPERATIONS.keys()].filter(symbol => !(symbol in VALUES))
  t.strictSame(untested, ['+', '-', '*', '/', 'sind', 'cosd', 'tand', 'asind', 'acosd', 'atand', 'task'],
    'none is forgotten')
})

test('multiples of 30 and 45 degrees have their exact values, rounded once', async t => {
  const [half, root2, root3] = [0.5, Math.SQRT1_2, Math.sqrt(3) / 2]
  const third = 0.5773502691896257 // 1/√3 is 0.57735026918962576…
  const sines = new Map([[0, 0], [30, half], [45, root2], [60, root3], [90, 1], [120, root3], [135, root2], [150, half],
    [180, 0], [210, -half], [225, -root2], [240, -root3], [270, -1], [300, -root3], [315, -root2], [330, -half]])
  const tangents = new Map([[0, 0], [30, third], [45, 1], [60, Math.sqrt(3)], [120, -Math.sqrt(3)], [135, -1],
    [150, -third], [180, 0]])
  const [sind, cosd, tand] = ['sind', 'cosd', 'tand'].map(operationOf)
  for (const turn of [0, 360, -360, 720, -3600, 360 * 2 ** 40]) {
    for (const [angle, sine] of sines) {
      t.equal(sind!.compute(angle + turn, 0) + 0, sine, `sind(${angle + turn})`)
      t.equal(cosd!.compute(angle - 90 + turn, 0) + 0, sine, `cosd(${angle - 90 + turn})`)
    }
    for (const [angle, tangent] of tangents) {
      t.equal(tand!.compute(angle + turn, 0) + 0, tangent, `tand(${angle + turn})`)
    }
  }
})

test('a logarithm is an integer only next to its value, even where powers are too small to distinguish', async t => {
  const { compute } = operationOf('log')
  t.equal(compute(5.4e-323, Math.E), Math.log(5.4e-323))
  t.equal(compute(5.4e-323, 3), Math.log(5.4e-323) / Math.log(3))
  t.equal(compute(Number.MIN_VALUE, 2), -1074, 'which is its exact value')
})

test('functions of degrees equal those of radians, up to rounding', async t => {
  fc.assert(fc.property(fc.double({ min: -720, max: 720, noNaN: true }), angle => {
    for (const name of ['sin', 'cos'] as const) {
      const found = operationOf(`${name}d`).compute(angle, 0)
      if (Math.abs(found - Math[name](angle * Math.PI / 180)) > 1e-14) throw new Error(`${name}d(${angle}) is ${found}`)
    }
    const tangent = operationOf('tand').compute(angle, 0)
    const expected = Math.tan(angle * Math.PI / 180)
    if (Math.abs(tangent - expected) > 1e-13 * (1 + expected ** 2)) throw new Error(`tand(${angle}) is ${tangent}`)
  }), { numRuns: 3_000 })
})

test('inverse functions return whole degrees', async t => {
  for (let angle = -90; angle <= 90; angle++) {
    t.equal(inverse('asind', 'sind', angle), angle, `asind(sind(${angle}))`)
    t.equal(inverse('acosd', 'cosd', angle + 90), angle + 90, `acosd(cosd(${angle + 90}))`)
    if (Math.abs(angle) < 90) t.equal(inverse('atand', 'tand', angle), angle, `atand(tand(${angle}))`)
  }
  t.equal(operationOf('asind').compute(0.3, 0), Math.asin(0.3) / (Math.PI / 180))
})

function inverse (outer: string, inner: string, angle: number): number {
  return operationOf(outer).compute(operationOf(inner).compute(angle, 0) + 0, 0) + 0
}

/** Operands for which there is no result, and why not. */
const REFUSED: ReadonlyArray<readonly [symbol: string, left: number, right: number, RefusalCode, sentence: string]> = [
  ['/', 1, 0, 'division_by_zero', 'Division by zero: 1 / 0'],
  ['%', 5, 0, 'division_by_zero', 'Division by zero: 5 % 0'],
  ['^', 0, -1, 'division_by_zero', 'Division by zero: 0 ^ -1'],
  ['^', 0, -0.5, 'division_by_zero', 'Division by zero: 0 ^ -0.5'],
  ['^', -8, 0.5, 'domain_error', '(-8) ^ 0.5 is undefined: a negative base needs an integer exponent'],
  ['^', 10, 309, 'result_out_of_range', 'The result of 10 ^ 309 is too large for a double'],
  ['^', -10, 309, 'result_out_of_range', 'The result of (-10) ^ 309 is too large for a double'],
  ['^', 0.1, -309, 'result_out_of_range', 'The result of 0.1 ^ -309 is too large for a double'],
  ['^', MAX, MAX, 'result_out_of_range', `The result of ${MAX} ^ ${MAX} is too large for a double`],
  ['asin', 2, 0, 'domain_error', 'asin(2) is undefined: the argument must be between -1 and 1'],
  ['acos', -1.5, 0, 'domain_error', 'acos(-1.5) is undefined: the argument must be between -1 and 1'],
  ['asind', 2, 0, 'domain_error', 'asind(2) is undefined: the argument must be between -1 and 1'],
  ['acosd', -2, 0, 'domain_error', 'acosd(-2) is undefined: the argument must be between -1 and 1'],
  ['tand', 90, 0, 'domain_error', 'tand(90) is undefined: ' +
    'the argument must not be 90 plus a multiple of 180'],
  ['tand', -450, 0, 'domain_error', 'tand(-450) is undefined: ' +
    'the argument must not be 90 plus a multiple of 180'],
  ['sqrt', -1, 0, 'domain_error', 'sqrt(-1) is undefined: the argument must be at least 0'],
  ['exp', 710, 0, 'result_out_of_range', 'The result of exp(710) is too large for a double'],
  ['log', 0, Math.E, 'domain_error',
    'log(0) is undefined: the argument must be above 0, and the base above 0 and not 1'],
  ['log', 8, 1, 'domain_error',
    'log(8, 1) is undefined: the argument must be above 0, and the base above 0 and not 1'],
  ['log', 8, 0, 'domain_error',
    'log(8, 0) is undefined: the argument must be above 0, and the base above 0 and not 1'],
  ['log2', -1, 0, 'domain_error', 'log2(-1) is undefined: the argument must be above 0'],
  ['log10', 0, 0, 'domain_error', 'log10(0) is undefined: the argument must be above 0'],
  ['fac', -1, 0, 'domain_error', 'fac(-1) is undefined: the argument must be an integer of at least 0'],
  ['fac', 2.5, 0, 'domain_error', 'fac(2.5) is undefined: the argument must be an integer of at least 0'],
  ['fac', 171, 0, 'result_out_of_range', 'The result of fac(171) is too large for a double'],
  ['fac', 1e300, 0, 'result_out_of_range', 'The result of fac(1e+300) is too large for a double'],
  ['hypot', MAX, MAX, 'result_out_of_range', `The result of hypot(${MAX}, ${MAX}) is too large for a double`]
]

test('an operation without a result is refused with a message, from its operands', async t => {
  for (const [symbol, left, right, code, message] of REFUSED) {
    t.equal(operationOf(symbol).refusal(left, right), code, message)
    t.strictSame(operandFailureOf(symbol, left, right), { code, message })
  }
  t.equal(operandFailureOf('sqrt', 4, 0), null)
  const refusing = [...OPERATIONS.values()].filter(({ domain }) => domain !== undefined).map(({ symbol }) => symbol)
  for (const symbol of refusing) {
    t.ok(REFUSED.some(row => row[0] === symbol && row[3] === 'domain_error'), `${symbol} is tested`)
  }
})

test('an operation is written in the language', async t => {
  t.equal(writeOperation(operationOf('-'), -1, -2), '-1 - -2')
  t.equal(writeOperation(operationOf('^'), -2, -2), '(-2) ^ -2')
  t.equal(writeOperation(operationOf('%'), -7, 3), '-7 % 3')
  t.equal(writeOperation(operationOf('sin'), -1, 0), 'sin(-1)')
  t.equal(writeOperation(operationOf('log'), 2, Math.E), 'log(2)')
  t.equal(writeOperation(operationOf('log'), 2, 10), 'log(2, 10)')
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

test('products and quotients that clearly overflow are refused', async t => {
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
