import { setImmediate as settled } from 'node:timers/promises'
import { test } from 'tap'
import { createOrchestrator } from '../../../src/core/orchestrator/orchestrator.js'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { OPERATIONS } from '../../../src/core/operations.js'
import type { Change, Store } from '../../../src/core/store.js'
import { createLeaseTokens } from '../../../src/store/lease-tokens.js'
import { createMemoryStore } from '../../../src/store/memory.js'
import { createManualClock } from '../../manual-clock.js'
import { RULES, claimBy } from '../../store/fixture.js'

/** An orchestrator whose store announces only what the test says. */
function deaf () {
  const clock = createManualClock()
  const store = createMemoryStore({ clock, rules: RULES, newLease: createLeaseTokens() })
  let tell = (_change: Change): void => {}
  const silent: Store = {
    ...store,
    watch (listener) {
      tell = listener
      return () => {}
    }
  }
  const orchestrator = createOrchestrator({
    store: silent,
    clock,
    times: new Map([...OPERATIONS.keys()].map(symbol => [symbol, 0])),
    limits: DEFAULT_LIMITS,
    onFault: error => { throw error }
  })
  return { clock, store, orchestrator, missed: () => tell({ type: 'missed' }) }
}

test('after a missed change readers look again, and go on waiting if it was not theirs', async t => {
  const { store, orchestrator, missed } = deaf()
  const { id } = await orchestrator.calculate({ source: '6*7' })
  let shown: unknown = null
  const reading = orchestrator.expression(id, { waitMs: 30_000 }).then(expression => { shown = expression })
  await settled()
  missed()
  await settled()
  t.equal(shown, null, 'it is not final')
  await store.report([{ task: 1, lease: null, result: 42 }])
  await settled()
  t.equal(shown, null, 'no change was announced')
  missed()
  await reading
  t.match(shown, { status: 'completed', result: 42 })
  orchestrator.close()
})

test('after a missed change the leases that other servers granted are expired', async t => {
  const { clock, store, orchestrator, missed } = deaf()
  await settled()
  await orchestrator.calculate({ source: '6*7' })
  await store.claim(claimBy('of another server'))
  clock.advance(20_000)
  await settled()
  t.equal((await store.taskOverview()).leased.length, 1)
  missed()
  clock.advance(0)
  await settled()
  t.same((await store.taskOverview()).leased, [])
  orchestrator.close()
})
