/** Plans with passes, plans without, and an evaluator that knows nothing of either come to the same. */
import { Parser } from 'expr-eval-fork'
import fc from 'fast-check'
import { test } from 'tap'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { readVariables } from '../../../src/core/language/variables.js'
import { OPERATIONS, operationOf } from '../../../src/core/operations.js'
import { PASSES } from '../../../src/core/plan/passes.js'
import { planExpression } from '../../../src/core/plan/planner.js'
import { lines, outcome } from './evaluate.js'

type Values = Readonly<Record<string, number>>

type Step = (...operands: number[]) => number

/** The evaluator, made to fail where a step has no finite result, and to know no −0. */
const independent = (() => {
  const parser = new Parser()
  const strict = (step: Step): Step => (...operands) => {
    const value = step(...operands)
    if (!Number.isFinite(value)) throw new RangeError('not finite')
    return value + 0
  }
  const { unaryOps, binaryOps, functions } = parser as unknown as Record<string, Record<string, Step>>
  // It takes these from Math, which may be off by the last bit; test/core/operations/ shows that ours are not.
  const [power, hypotenuse] = ['^', 'hypot'].map(symbol => operationOf(symbol).compute)
  Object.assign(binaryOps!, { '^': power })
  Object.assign(functions!, { pow: power, hypot: hypotenuse, pyt: hypotenuse })
  for (const table of [unaryOps!, binaryOps!, functions!]) {
    for (const [name, step] of Object.entries(table)) table[name] = strict(step)
  }
  return parser
})()

function evaluate (text: string, values: Values): number | null {
  try {
    return Number(independent.parse(text).evaluate({ ...values })) + 0
  } catch (error) {
    if (error instanceof RangeError && error.message === 'not finite') return null
    throw error
  }
}

const NAMES = ['x', 'y', 'z', 'n', 'width_2'] as const

const value = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -9, max: 9 }) },
  fc.integer({ min: -(2 ** 27), max: 2 ** 27 }),
  fc.maxSafeInteger(),
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.constantFrom(0.1, 0.5, 2 ** 53, 2 ** 53 - 1, 1e300, -1e300, 5e-324)
)

const values: fc.Arbitrary<Values> = fc.record(Object.fromEntries(NAMES.map(name => [name, value])))

const literal = fc.oneof(
  { weight: 6, arbitrary: fc.nat(20).map(String) },
  { weight: 3, arbitrary: fc.constantFrom(...NAMES) },
  fc.constantFrom('0', '1', 'PI', 'E', '0.1', '.5', '2.', '1e3', '1e300', '9007199254740991', '94906267', '0x1F')
)

/** What both languages have and mean the same by; the operands keep to where they do. */
const CALLS: ReadonlyArray<(one: string, other: string) => string> = [
  ...[
    'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sqrt', 'abs', 'ceil', 'floor', 'trunc', 'sign', 'exp', 'log', 'log10',
    'log2'
  ].map(name => (one: string) => `${name}(${one})`),
  one => `round(abs(${one}))`,
  one => `fac(min(abs(trunc(${one})),18))`,
  (one, other) => `min(${one},${other})`,
  (one, other) => `max(${one},${other},3)`,
  (one, other) => `hypot(${one},${other})`,
  (one, other) => `pyt(${one},${other})`,
  (one, other) => `pow(${one},abs(${other}))`,
  (one, other) => `atan2(${one},${other})`,
  (one, other) => `(abs(${one})%(abs(${other})+1))`
]

const texts: fc.Arbitrary<string> = fc.letrec<{ sum: string, product: string, factor: string }>(tie => {
  const chain = (part: fc.Arbitrary<string>, signs: readonly string[], maxLength: number) =>
    fc.tuple(part, fc.array(fc.tuple(fc.constantFrom(...signs), part), { maxLength, depthIdentifier: 'text' }))
      .map(([first, rest]) => first + rest.map(([sign, text]) => sign + text).join(''))
  const depth = { maxDepth: 5, depthIdentifier: 'text' }
  return {
    sum: fc.oneof(depth, literal,
      { weight: 3, arbitrary: chain(tie('product'), ['+', '+', '-'], 9) },
      // Something to share.
      fc.tuple(tie('sum'), fc.constantFrom('+', '-', '*', '/')).map(([text, sign]) => `(${text})${sign}(${text})`)),
    product: fc.oneof(depth, { weight: 3, arbitrary: literal }, chain(tie('factor'), ['*', '*', '*', '/'], 4)),
    factor: fc.oneof(depth, { weight: 3, arbitrary: literal },
      tie('sum').map(text => `(${text})`),
      tie('factor').map(text => `-${text}`),
      fc.tuple(literal, fc.constantFrom('0', '1', '2', '3', '0.5', '2^2')).map(([base, power]) => `${base}^${power}`),
      fc.tuple(fc.constantFrom(...CALLS), tie('sum'), tie('sum')).map(([call, one, other]) => call(one, other)))
  }
}).sum

/** In ms: often the same, sometimes none, so that every rule of balancing has its turn. */
const times: fc.Arbitrary<ReadonlyMap<string, number>> = fc.oneof(
  fc.constant(new Map([...OPERATIONS.keys()].map(symbol => [symbol, 100]))),
  fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50), fc.nat(50))
    .map(([plus, minus, star, slash]) => new Map([['+', plus], ['-', minus], ['*', star], ['/', slash]]))
)

test('12,000 random expressions come to the same bits with passes, without, and elsewhere', async t => {
  const seen = { failed: 0, changed: 0, shorter: 0 }
  fc.assert(fc.property(texts, values, times, (text, given, times) => {
    const variables = readVariables(given)
    const written = planExpression(text, { times, limits: DEFAULT_LIMITS, variables })
    const better = planExpression(text, { times, limits: DEFAULT_LIMITS, variables, passes: PASSES.exact })
    const expected = evaluate(text, given)
    const told = `${text} with ${JSON.stringify(given)}`
    if (!Object.is(outcome(written), expected)) throw new Error(`${told} is ${expected}, not ${outcome(written)}`)
    if (!Object.is(outcome(better), expected)) throw new Error(`${told}: passes make ${outcome(better)} of ${expected}`)

    const [effort, before] = [better.effort, better.before]
    if (effort.workMs > written.effort.workMs) throw new Error(`${told}: more work`)
    if (effort.spanMs > written.effort.spanMs) throw new Error(`${told}: a longer span`)
    t.strictSame(before, written.effort)
    if (expected === null) seen.failed++
    if (lines(better).join() !== lines(written).join()) seen.changed++
    if (effort.spanMs < written.effort.spanMs) seen.shorter++
  }), { numRuns: 12_000 })
  t.comment(JSON.stringify(seen))
  t.ok(seen.failed > 100 && seen.failed < 9_000, 'with and without a result')
  t.ok(seen.changed > 1_000, 'the passes did something')
  t.ok(seen.shorter > 500, 'and something that counts')
})

test('integer chains around 2^53 come to the same bits, where a wrong order would show', async t => {
  const edge = fc.oneof(
    { weight: 12, arbitrary: fc.nat(9) },
    { weight: 4, arbitrary: fc.integer({ min: 2 ** 25, max: 2 ** 28 }) },
    { weight: 2, arbitrary: fc.integer({ min: 2 ** 51, max: 2 ** 53 }) },
    fc.constantFrom(0.5, 1e300)
  )
  const sign = fc.constantFrom('+', '-', '*', ')+(', ')-(', ')*(')
  const terms = fc.array(fc.tuple(sign, edge), { minLength: 2, maxLength: 12 })
  let shorter = 0
  fc.assert(fc.property(edge, terms, times, (first, rest, times) => {
    const text = `(${first}${rest.map(([sign, number]) => sign + number).join('')})`
    const written = planExpression(text, { times, limits: DEFAULT_LIMITS })
    const better = planExpression(text, { times, limits: DEFAULT_LIMITS, passes: PASSES.exact })
    const expected = evaluate(text, {})
    if (!Object.is(outcome(written), expected)) throw new Error(`${text} is ${expected}, not ${outcome(written)}`)
    if (!Object.is(outcome(better), expected)) throw new Error(`${text}: passes make ${outcome(better)}`)
    if (better.effort.spanMs < written.effort.spanMs) shorter++
  }), { numRuns: 6_000 })
  t.comment(`${shorter} were balanced`)
  t.ok(shorter > 300, 'some were balanced')
})
