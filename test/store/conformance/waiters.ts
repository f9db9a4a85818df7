import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { createOrchestrator } from '../../../src/core/orchestrator/orchestrator.js'
import { type Bundle, type StoreFixture, RULES, answer, claimBy, submissionOf, suiteOf } from '../fixture.js'

const CLIENTS = 200

function orchestratorOver ({ store, clock }: Bundle) {
  return createOrchestrator({
    store, clock, times: new Map(), limits: DEFAULT_LIMITS, onFault: error => { throw error }
  })
}

/** Clients that wait for an expression while few final ones are retained. */
export function waiterConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture, { ...RULES, retain: 1 })

  suite('each client that waits gets its own expression, however few are retained', async (t, bundle) => {
    const { store } = bundle
    const orchestrator = orchestratorOver(bundle)
    const ids: number[] = []
    for (let count = 0; count < CLIENTS; count++) ids.push((await store.submit(submissionOf(`${count}+1`))).id)
    const waiting = ids.map(id => orchestrator.expression(id, { waitMs: 60_000 }))
    // Each of them has read the pending expression and waits.
    await store.load()
    for (let claimed = 0; claimed < CLIENTS;) {
      const tasks = await store.claim(claimBy('tester', 7))
      claimed += tasks.length
      await store.report(tasks.map(task => ({ task: task.id, lease: task.lease, result: answer(task) })))
    }
    const answers = await Promise.all(waiting)
    t.same(answers.map(({ id, status, result }) => [id, status, result]),
      ids.map((id, count) => [id, 'completed', count + 1]))
    orchestrator.close()
  })

  suite('each client that cancels gets its own expression, however few are retained', async (t, bundle) => {
    const { store } = bundle
    const orchestrator = orchestratorOver(bundle)
    const ids: number[] = []
    for (let count = 0; count < CLIENTS; count++) ids.push((await store.submit(submissionOf(`${count}+1`))).id)
    const answers = await Promise.all(ids.map(id => orchestrator.cancel(id)))
    t.same(answers.map(({ id, status }) => [id, status]), ids.map(id => [id, 'cancelled']))
    orchestrator.close()
  })
}
