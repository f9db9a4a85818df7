import fc from 'fast-check'
import { test } from 'tap'
import { type Rule, type Terms, type Tree, balance } from '../../../src/core/plan/balance.js'

const TIMES = new Map([['+', 10], ['-', 25], ['*', 40]])
const RULES: readonly Rule[] = ['earliest', 'grouped', 'single']

/** The tree as text, its terms as `a`, `b`, … */
function show ({ joints }: Tree, count: number): string {
  const nodes = Array.from({ length: count }, (_, index) => String.fromCharCode(97 + index))
  for (const { symbol, left, right } of joints) nodes.push(`(${nodes[left]}${symbol}${nodes[right]})`)
  return nodes.at(-1)!
}

function sum (signs: string, rule: Rule, finish: readonly number[] = [...signs].map(() => 0), times = TIMES): string {
  return show(balance({ finish, negative: [...signs].map(sign => sign === '-') }, '+', rule, times), signs.length)
}

test('what is known first is joined first, from the left among equals', async t => {
  t.equal(sum('++++', 'earliest'), '((a+b)+(c+d))')
  t.equal(sum('+++++', 'earliest'), '((c+d)+(e+(a+b)))')
  t.equal(sum('++++', 'earliest', [100, 0, 0, 0]), '((d+(b+c))+a)')
  t.equal(sum('+++', 'earliest', [0, 50, 0]), '((a+c)+b)')
  t.equal(show(balance({ finish: [0, 0, 0, 0], negative: [false, false, false, false] }, '*', 'earliest', TIMES), 4),
    '((a*b)*(c*d))')
})

test('what is subtracted is, and is taken from what is not', async t => {
  t.equal(sum('+-', 'earliest'), '(a-b)')
  t.equal(sum('-+', 'earliest'), '(b-a)')
  t.equal(sum('+--', 'earliest', [100, 0, 0]), '(a-(b+c))')
  t.equal(sum('+-+-', 'earliest'), '((a-b)+(c-d))')
})

test('grouped has one subtraction, single one for each that is subtracted', async t => {
  t.equal(sum('+-+-', 'grouped'), '((a+c)-(b+d))')
  t.equal(sum('+--+-', 'grouped'), '((a+d)-(e+(b+c)))')
  t.equal(sum('+--', 'single', [100, 0, 0]), '((a-b)-c)')
  const differences = (text: string): number => text.split('-').length - 1
  for (const signs of ['+-', '+--', '-+-+-+', '+++---', '--+', '+-------']) {
    const minus = differences(signs)
    t.equal(differences(sum(signs, 'grouped')), 1, signs)
    t.equal(differences(sum(signs, 'single')), minus, signs)
  }
})

test('times and work are those of the tree', async t => {
  const terms = { finish: [0, 0, 0, 7], negative: [false, true, false, true] }
  const { finishMs, workMs } = balance(terms, '+', 'grouped', TIMES)
  t.equal(workMs, 10 + 10 + 25)
  t.equal(finishMs, 7 + 10 + 25)
})

const termsOf: fc.Arbitrary<Terms> = fc.array(fc.tuple(fc.nat(200), fc.boolean()), { minLength: 2, maxLength: 9 })
  .map(pairs => ({
    finish: pairs.map(([finish]) => finish),
    negative: pairs.map(([, negative], index) => index > 0 && negative)
  }))

test('every rule joins all terms with their signs', async t => {
  fc.assert(fc.property(termsOf, fc.constantFrom(...RULES), ({ finish, negative }, rule) => {
    const { joints, finishMs } = balance({ finish, negative }, '+', rule, TIMES)
    const values = finish.map((_, index) => 3 ** index)
    const done = [...finish]
    for (const { symbol, left, right } of joints) {
      values.push(symbol === '+' ? values[left]! + values[right]! : values[left]! - values[right]!)
      done.push(Math.max(done[left]!, done[right]!) + TIMES.get(symbol)!)
    }
    const expected = finish.reduce((total, _, index) => total + (negative[index] ? -1 : 1) * 3 ** index, 0)
    t.equal(values.at(-1), expected)
    t.equal(done.at(-1), finishMs)
    t.equal(joints.length, finish.length - 1)
  }), { numRuns: 1_000 })
})

/** The earliest finish of any tree, by trying all pairs. */
function optimum (finish: readonly number[], timeMs: number): number {
  if (finish.length === 1) return finish[0]!
  let best = Infinity
  for (let one = 0; one < finish.length; one++) {
    for (let other = one + 1; other < finish.length; other++) {
      const rest = finish.filter((_, index) => index !== one && index !== other)
      best = Math.min(best, optimum([...rest, Math.max(finish[one]!, finish[other]!) + timeMs], timeMs))
    }
  }
  return best
}

test('no tree is done earlier, where all joints take the same time', async t => {
  const same = new Map([['+', 10], ['-', 10]])
  fc.assert(fc.property(termsOf.filter(({ finish }) => finish.length <= 6), ({ finish, negative }) => {
    t.equal(balance({ finish, negative }, '+', 'earliest', same).finishMs, optimum(finish, 10))
  }), { numRuns: 300 })
})

test('64 equal terms have 6 levels', async t => {
  const finish = new Array<number>(64).fill(0)
  t.equal(balance({ finish, negative: finish.map(() => false) }, '+', 'earliest', TIMES).finishMs, 60)
})
