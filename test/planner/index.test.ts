import { test } from 'tap'
import { DomainError } from '../../src/core/errors.js'
import { DEFAULT_LIMITS } from '../../src/core/language/limits.js'
import { PASSES } from '../../src/core/plan/passes.js'
import { submittedPlanOf } from '../../src/core/queue/transition.js'
import { planWork } from '../../src/core/plan/work.js'
import { createPlanner } from '../../src/planner/index.js'

const options = { times: new Map([['+', 5], ['*', 7]]), limits: { ...DEFAULT_LIMITS, operations: 50 } }

test('the thread plans as the server does, and writes what the journal keeps', async t => {
  const planner = createPlanner({ ...options, optimize: 'exact' })
  t.teardown(planner.close)
  const work = { source: '(1+2)*x+3+4+5+(1+2)', variables: { x: 2.5 } }
  const { plan, written } = await planner.plan(work)
  const here = planWork(work, { ...options, passes: PASSES.exact })
  t.strictSame([...plan.operations], here.operations)
  t.strictSame([plan.result, plan.effort, plan.before], [here.result, here.effort, here.before])
  t.strictSame(JSON.parse(`{${Buffer.from(written!).toString()}}`), submittedPlanOf(here))
})

test('the thread refuses with the errors of the table', async t => {
  const planner = createPlanner({ ...options, optimize: 'none' })
  t.teardown(planner.close)
  for (const [source, code, position] of [['1+', 'unexpected_end', 2], [`1${'+1'.repeat(51)}`, 'plan_too_large', 101],
    ['1+y', 'variable_missing', 2]] as const) {
    await planner.plan({ source }).then(() => t.fail(source), error => {
      t.ok(error instanceof DomainError, source)
      t.match(error, { code, data: { position } })
    })
  }
  await t.rejects(planner.plan({ source: '1+x', variables: { x: 'one' } }), { code: 'variable_invalid' })
})

test('closing refuses what is being planned and what comes later, and starts no further thread', async t => {
  const planner = createPlanner({ ...options, limits: DEFAULT_LIMITS, optimize: 'exact' })
  await planner.plan({ source: '1+2' })
  const underWay = planner.plan({ source: `1${'+1'.repeat(100_000)}` })
  const refused = t.rejects(underWay, { code: 'draining' })
  await planner.close()
  await refused
  await t.rejects(planner.plan({ source: '1+2' }), { code: 'draining' })
})
