import { BASIC_SYMBOLS } from '../../../src/core/operations.js'
import type { Claim } from '../../../src/core/store.js'
import { type StoreFixture, RULES, answer, claimBy, claimOne, submissionOf, suiteOf, taskOf } from '../fixture.js'

/** Claims: which tasks an agent gets, in which order, with which lease. */
export function claimConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('a claimed task carries its operands, its times and a lease', async (t, { store }) => {
    await store.submit(submissionOf('6*7', 250))
    t.match(await claimOne(store), {
      id: 1, expression: 1, symbol: '*', left: 6, right: 7, timeMs: 250, attempt: 1, leaseMs: 10_250, lease: /./
    })
  })

  suite('a task can be claimed once both operands are known, and only once', async (t, { store }) => {
    await store.submit(submissionOf('(1+2)*(3+4)'))
    const one = await claimOne(store)
    const other = await claimOne(store)
    t.same([one.symbol, other.symbol], ['+', '+'])
    t.same(await store.claim(claimBy()), [])
    await store.report([{ task: one.id, lease: one.lease, result: answer(one) }])
    t.same(await store.claim(claimBy()), [])
    await store.report([{ task: other.id, lease: other.lease, result: answer(other) }])
    t.match(await claimOne(store), { symbol: '*', left: 3, right: 7 })
  })

  suite('no task of a failed expression can be claimed', async (t, { store }) => {
    await store.submit(submissionOf('(1/(1-1))+(2*3)+(4*5)'))
    const difference = (await store.claim({ agent: null, symbols: ['-'], max: 1 }))[0]!
    await store.report([{ task: difference.id, lease: null, result: 0 }])
    t.same(await store.claim(claimBy()), [])
  })

  suite('the longest remaining path goes first inside an expression', async (t, { store }) => {
    await store.submit(submissionOf('1+2 + 3*4*5*6*7'))
    const { left, right } = await claimOne(store)
    t.same([left, right], [3, 4], 'the product is longer')
  })

  suite('expressions take turns, and a batch takes as many turns as it has tasks', async (t, { store }) => {
    const wide = '(1+2)*(3+4)*(5+6)*(7+8)'
    for (let count = 0; count < 3; count++) await store.submit(submissionOf(wide))
    t.same((await store.claim(claimBy('batch', 4))).map(({ expression }) => expression), [1, 2, 3, 1])
    await store.submit(submissionOf('9+9'))
    t.same((await store.claim(claimBy('batch', 5))).map(({ expression }) => expression), [2, 3, 1, 4, 2])
  })

  suite('a claim passes over work that the agent cannot do', async (t, { store }) => {
    await store.submit(submissionOf('1*2'))
    await store.submit(submissionOf('3*4+(5-6)'))
    await store.submit(submissionOf('7+8'))
    const adder = { agent: 'adder', symbols: ['+', '-'], max: 5 }
    t.same((await store.claim(adder)).map(({ symbol, left }) => [symbol, left]), [['-', 5], ['+', 7]])
    t.same((await store.claim(claimBy('any', 5))).map(({ expression }) => expression), [1, 2])
  })

  suite('the leases of a batch add up the operation times', async (t, { store }) => {
    await store.submit(submissionOf('(1+2)*(3+4)*(5+6)', 1_000))
    t.same((await store.claim(claimBy('slot', 3))).map(({ leaseMs }) => leaseMs), [11_000, 12_000, 13_000])
  })

  suite('a batch ends before its times add up to more than its limit', async (t, { store }) => {
    await store.submit(submissionOf('1*2+3*4+5*6+7*8', 100))
    const claim = (batchMs: number): Claim => ({ ...claimBy('a', 9), batchMs })
    t.equal((await store.claim(claim(0))).length, 1, 'at least one')
    t.equal((await store.claim(claim(200))).length, 2)
    t.equal((await store.claim(claim(99))).length, 1)
    await store.submit(submissionOf('1*2+3*4+5*6+7*8', 0))
    t.equal((await store.claim(claim(0))).length, 4, 'an operation that takes no time always fits')
  })

  suite('a task of a named kind goes to agents that can do it, with its name and duration', async (t, { store }) => {
    const { id } = await store.submit(taskOf('Report', 1_500))
    t.same(await store.claim({ agent: null, symbols: BASIC_SYMBOLS, max: 5 }), [])
    t.match(await claimOne(store), {
      symbol: 'task',
      left: 1_500,
      right: 0,
      timeMs: 1_500,
      leaseMs: 1_500 + RULES.leaseMs,
      work: { kind: 'io-task', name: 'Report' }
    })
    await store.submit(submissionOf('1+2'))
    t.notOk('work' in await claimOne(store), 'an operation of an expression has no name')
    await store.report([{ task: 1, lease: null, result: 1_502 }])
    t.match(await store.find(id), { kind: 'io-task', source: 'Report', status: 'completed', result: 1_502 })
    t.same((await store.list({ kind: 'io-task' })).map(({ id }) => id), [id])
    t.same((await store.list({ kind: 'expression' })).map(({ id }) => id), [2])
  })
}
