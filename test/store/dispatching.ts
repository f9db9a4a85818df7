import { type Test, test } from 'tap'
import type { Change, Claim, Store } from '../../src/core/store.js'
import { type ManualClock, createManualClock } from '../manual-clock.js'
import { RULES, type StoreFixture, claimBy, submissionOf, workOff } from './conformance.js'

interface Bundle {
  readonly store: Store
  readonly clock: ManualClock
  readonly restart: () => Promise<Store>
  /** What became ready, as those who watch were told, since the last call. */
  ready (): Array<Record<string, number>>
}

/** What dispatching asks of a store, for any store: every implementation runs exactly these tests. */
export function dispatchConformance (fixture: StoreFixture): void {
  const suite = (name: string, run: (t: Test, bundle: Bundle) => Promise<void>): void => {
    test(`${fixture.name}: ${name}`, async t => {
      const clock = createManualClock()
      const opened = await fixture.open(t, { clock, rules: RULES })
      let changes: Change[] = []
      opened.store.watch(change => { changes.push(change) })
      function ready (): Array<Record<string, number>> {
        const told = changes.flatMap(change =>
          change.type === 'ready' ? [Object.fromEntries(change.counts) as Record<string, number>] : [])
        changes = []
        return told
      }
      try {
        await run(t, { ...opened, clock, ready })
      } finally {
        await opened.close()
      }
    })
  }

  suite('what is claimed in the step that made it ready is not announced', async (t, { store, ready }) => {
    await store.submit(submissionOf('1*2+3*4+5*6'))
    t.same(ready(), [{ '*': 3 }])
    const [one] = await store.claim(claimBy())
    t.same(ready(), [], 'a claim makes nothing ready')
    const { claimed } = await store.reportAndClaim([{ task: one!.id, lease: null, result: 2 }], claimBy('a', 2))
    t.equal(claimed.length, 2)
    t.same(ready(), [])
    const both = claimed.map(({ id }) => ({ task: id, lease: null, result: 1 }))
    t.equal((await store.reportAndClaim(both, claimBy('a', 1))).claimed.length, 1, 'the sum that both made ready')
    t.same(ready(), [])
  })

  suite('what a step leaves is announced once, by symbol', async (t, { store, ready }) => {
    await store.submit(submissionOf('(1*2-3)*(4*5-6)+(7*8-9)*2'))
    t.same(ready(), [{ '*': 3 }])
    const tasks = await store.claim(claimBy('a', 3))
    const results = tasks.map(({ id }) => ({ task: id, lease: null, result: 1 }))
    await store.reportAndClaim(results, { ...claimBy('a', 1), symbols: ['-'] })
    t.same(ready(), [{ '-': 2 }])
    const held = await store.claim(claimBy('a', 2))
    await store.release(held.map(({ id, lease }) => ({ task: id, lease })))
    t.same(ready(), [{ '-': 2 }])
  })

  suite('a batch ends before its times add up to more than its limit', async (t, { store }) => {
    await store.submit(submissionOf('1*2+3*4+5*6+7*8', 100))
    const claim = (batchMs: number): Claim => ({ ...claimBy('a', 9), batchMs })
    t.equal((await store.claim(claim(0))).length, 1, 'one at least')
    t.equal((await store.claim(claim(200))).length, 2)
    t.equal((await store.claim(claim(99))).length, 1)
    await store.submit(submissionOf('1*2+3*4+5*6+7*8', 0))
    t.equal((await store.claim(claim(0))).length, 4, 'what takes no time fits always')
  })

  suite('the version of the list changes with what the list shows, and only then', async (t, { store, clock }) => {
    const seen = new Set<string>()
    const versions = [await store.listVersion()]
    async function step (what: string, change: () => Promise<unknown>, does: boolean): Promise<void> {
      const before = JSON.stringify((await store.list({})).map(({ id, status, result }) => [id, status, result]))
      await change()
      const after = JSON.stringify((await store.list({})).map(({ id, status, result }) => [id, status, result]))
      t.equal(before !== after, does, `${what}: the list`)
      const version = await store.listVersion()
      t.equal(version !== versions.at(-1), does, what)
      if (does) t.notOk(seen.has(version), 'never the same again')
      versions.push(version)
      seen.add(version)
    }
    await step('submit', () => store.submit(submissionOf('1*2+3')), true)
    await step('first claim', () => store.claim(claimBy()), true)
    await step('expiry', async () => {
      clock.advance(60_000)
      await store.expire()
    }, false)
    await step('result', () => store.report([{ task: 1, lease: null, result: 2 }]), false)
    await step('completion', () => store.report([{ task: 2, lease: null, result: 5 }]), true)
    await step('a result that comes too late', () => store.report([{ task: 2, lease: null, result: 6 }]), false)
    await step('submit of a number', () => store.submit(submissionOf('7')), true)
    await store.submit(submissionOf('1+1'))
    versions.push(await store.listVersion())
    await step('a result that nobody had claimed', () => store.report([{ task: 3, lease: null, result: 2 }]), true)
    await store.submit(submissionOf('1+1'))
    versions.push(await store.listVersion())
    await step('cancellation', () => store.cancel(4), true)
    await step('cancellation of what is over', () => store.cancel(4), false)
  })

  suite('the task overview shows what is ready, and which agent holds what since when', async (t, { store, clock }) => {
    const start = clock.now()
    t.same(await store.taskOverview(), { ready: new Map(), leased: [] })
    await store.submit(submissionOf('1*2+3*4-5/6'))
    clock.advance(5)
    await store.claim({ agent: 'a', symbols: ['*'], max: 1 })
    await store.claim({ agent: null, symbols: ['/'], max: 1 })
    const { ready, leased } = await store.taskOverview()
    t.same([...ready], [['*', 1]])
    t.match(leased.map(({ expression, symbol, agent, since }) => [expression, symbol, agent, since]), [
      [1, '*', 'a', start + 5], [1, '/', null, start + 5]
    ])
    await store.cancel(1)
    t.same(await store.taskOverview(), { ready: new Map(), leased: [] })
    await store.submit(submissionOf('1+2'))
    await workOff(store)
    t.same(await store.taskOverview(), { ready: new Map(), leased: [] })
  })

  suite('a task that waits for a late result is not leased', async (t, { store, clock }) => {
    await store.submit(submissionOf('1+2'))
    for (let attempt = 0; attempt < RULES.attempts; attempt++) {
      t.equal((await store.claim(claimBy())).length, 1)
      clock.advance(20_000)
      await store.expire()
    }
    t.same(await store.taskOverview(), { ready: new Map(), leased: [] })
  })

  if (!fixture.durable) return
  suite('after a restart the version is another, and the leases are known', async (t, { store, restart }) => {
    await store.submit(submissionOf('1*2+3*4'))
    await store.claim(claimBy('a'))
    const version = await store.listVersion()
    const again = await restart()
    t.not(await again.listVersion(), version)
    const { ready, leased } = await again.taskOverview()
    t.same([...ready], [['*', 1]])
    t.match(leased, [{ id: 1, agent: 'a' }])
  })
}
