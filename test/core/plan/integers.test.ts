import fc from 'fast-check'
import { test } from 'tap'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { parse } from '../../../src/core/language/parser.js'
import { EXACT_BELOW, boundsOf } from '../../../src/core/plan/integers.js'
import { draftPlan } from '../../../src/core/plan/planner.js'

const options = { times: new Map(), limits: DEFAULT_LIMITS, variables: new Map([['x', 7], ['y', 0.5], ['z', 1e300]]) }

/** The bound of the whole expression; null where nothing is proved. */
function bound (source: string): number | null {
  const { operations } = draftPlan(parse(source, DEFAULT_LIMITS), options)
  const last = boundsOf(operations).at(-1)!
  return last < EXACT_BELOW ? last : null
}

test('sums and differences have the sum of the magnitudes, each occurrence counted', async t => {
  t.equal(bound('1+2'), 3)
  t.equal(bound('1-2'), 3)
  t.equal(bound('-3-4'), 7)
  t.equal(bound('(1+2)-(3-4)'), 10)
  t.equal(bound('-(1+2)'), 3)
  t.equal(bound('x+x-x'), 21)
  t.equal(bound('1e3+0x10'), 1016)
})

test('products have the product of the magnitudes, none less than 1', async t => {
  t.equal(bound('3*-4'), 12)
  t.equal(bound('(1+2)*(3+4)'), 21)
  t.equal(bound('0*5'), 5)
  t.equal(bound('0*0'), 1)
  t.equal(bound('0*1e300*1e300'), null, 'the rest would overflow if it came first')
  t.equal(bound('0*1e300'), null)
  t.equal(bound('0*z'), null)
})

test('2^53 is no more below 2^53', async t => {
  t.equal(bound('9007199254740990+1'), 2 ** 53 - 1)
  t.equal(bound('9007199254740991+1'), null)
  t.equal(bound('9007199254740992+0'), null)
  t.equal(bound('-9007199254740991-1'), null)
  t.equal(bound('4503599627370495*2'), 2 ** 53 - 2)
  t.equal(bound('4503599627370496*2'), null)
  t.equal(bound('94906267*94906267'), null)
})

test('nothing is proved through a division, a power, a function, or of a fraction', async t => {
  for (const source of [
    '4/2', '4/2+1', '2^3', '2^3*2', 'abs(3)+1', '5%3+1', 'floor(2.5)-1', 'max(1,2)*3', '0.5+1', 'y*2', 'PI+1',
    '1e-3*1000'
  ]) t.equal(bound(source), null, source)
})

/** A text and what it comes to without any rounding. */
interface Exact {
  readonly text: string
  readonly exact: bigint
}

const STEPS: ReadonlyArray<readonly [string, (left: bigint, right: bigint) => bigint]> = [
  ['+', (left, right) => left + right], ['-', (left, right) => left - right], ['*', (left, right) => left * right]
]

test('a proof holds: the value is an integer within the bound', async t => {
  const numbers = fc.oneof(
    fc.integer({ min: -20, max: 20 }), fc.integer({ min: -(2 ** 30), max: 2 ** 30 }), fc.maxSafeInteger())
  const texts: fc.Arbitrary<Exact> = fc.letrec<{ node: Exact }>(tie => ({
    node: fc.oneof({ maxDepth: 5 }, numbers.map(value => ({ text: `${value}`, exact: BigInt(value) })),
      fc.tuple(tie('node'), fc.constantFrom(...STEPS), tie('node')).map(([left, [symbol, step], right]) =>
        ({ text: `(${left.text})${symbol}(${right.text})`, exact: step(left.exact, right.exact) })))
  })).node
  let proofs = 0
  fc.assert(fc.property(texts, ({ text, exact }) => {
    const proved = bound(`0+(${text})`)
    if (proved === null) return
    proofs++
    if (exact > BigInt(proved) || exact < -BigInt(proved)) throw new Error(`${text} is ${exact}, beyond ${proved}`)
  }), { numRuns: 3_000 })
  t.ok(proofs > 1_000)
})
