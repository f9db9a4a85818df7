/** The passes on their way from a setting to what clients see. */
import { test } from 'tap'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { createOrchestrator } from '../../../src/core/orchestrator/orchestrator.js'
import { type Optimization, PASSES } from '../../../src/core/plan/passes.js'
import { reassociate } from '../../../src/core/plan/reassociate.js'
import { share } from '../../../src/core/plan/share.js'
import { type Submitted, calculationOf } from '../../../src/core/queue/transition.js'
import { createLedger } from '../../../src/core/queue/ledger.js'
import { createMemoryStore } from '../../../src/store/memory.js'
import { createQueue } from '../../../src/core/queue/queue.js'
import { createManualClock } from '../../manual-clock.js'
import { RULES, submissionOf } from '../../store/fixture.js'

test('sharing comes first', async t => {
  t.strictSame(PASSES.exact, [share, reassociate])
  t.strictSame(PASSES.none, [])
})

function orchestratorWith (optimization: Optimization) {
  const clock = createManualClock()
  const options = {
    store: createMemoryStore({ clock, rules: RULES, newLease: () => 'lease' }),
    clock,
    times: new Map([['+', 100], ['*', 100]]),
    limits: { ...DEFAULT_LIMITS, operations: 7, planDepth: 7 },
    passes: PASSES[optimization],
    timeoutMs: null,
    onFault: (error: unknown) => { throw error }
  }
  return createOrchestrator(options)
}

test('what is submitted is optimized as the orchestrator was told, and tells what it was before', async t => {
  const written = { workMs: 700, spanMs: 700 }
  const source = '1+2+3+4+5+6+7+8'
  const [exact, none] = [orchestratorWith('exact'), orchestratorWith('none')]
  const better = { workMs: 700, spanMs: 300 }
  t.match(await exact.calculate({ source }), { effort: better, effortBefore: written, remainingMs: 300 })
  t.match(await none.calculate({ source }), { effort: written, effortBefore: written, remainingMs: 700 })
  const variables = { a: 1, b: 2 }
  t.match(await exact.calculate({ source: '(a+b)*(b+a)', variables }), { operations: { total: 2 } })
  t.match(await none.calculate({ source: '(a+b)*(b+a)', variables }), { operations: { total: 3 } })
  for (const orchestrator of [exact, none]) {
    await t.rejects(orchestrator.calculate({ source: `${source}+9` }), { code: 'plan_too_large' },
      'the limits hold for what was written')
    await t.rejects(orchestrator.calculate({ source: '1', variables: { '2x': 1 } }), { code: 'variable_invalid' })
    orchestrator.close()
  }
})

test('what it was before is part of the transition, where it was something else', async t => {
  const kept: unknown[] = []
  const clock = createManualClock()
  const queue = createQueue({
    ledger: createLedger(),
    clock,
    rules: RULES,
    issuer: 'a-store',
    newLease: () => 'lease',
    append: transition => { kept.push(transition) },
    announce: () => {}
  })
  const { plan } = submissionOf('1+2+3+4')
  const before = { workMs: 999, spanMs: 888 }
  queue.submit({ kind: 'expression', source: '', plan: { ...plan, before } })
  queue.submit({ kind: 'expression', source: '', plan })
  const [changed, same] = kept.map(transition => JSON.parse(JSON.stringify(transition)) as Submitted)
  t.strictSame(calculationOf(changed!).plan.before, before)
  t.notOk('before' in same!)
  t.strictSame(calculationOf(same!).plan.before, plan.effort)
})
