/** What clients see of plans: effort, what remains, and the operations one by one. */
import { test } from 'tap'
import { PASSES } from '../../../src/core/plan/passes.js'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { planExpression } from '../../../src/core/plan/planner.js'
import { build, claim, submit } from '../helper.js'

interface Page {
  readonly total: number
  readonly operations: ReadonlyArray<Readonly<Record<string, unknown>> & { readonly id: number }>
  readonly next?: number
}

const URL = '/api/v1/expressions/1/operations'

function of (operation: number): object {
  return { operation }
}

test('the operations of a plan are shown with their operands, states, agents and times', async t => {
  const { app, clock } = build(t)
  await submit(app, 'sin(1)+2*3')
  const show = async () => (await app.inject(URL)).json<Page>()
  const idle = { value: null, agent: null, attempts: 0, time_ms: 100 }
  t.strictSame(await show(), {
    total: 3,
    operations: [
      { id: 1, operation: 'sin', state: 'ready', operands: [1], sources: [null], ...idle, path_ms: 200 },
      { id: 2, operation: '*', state: 'ready', operands: [2, 3], sources: [null, null], ...idle, path_ms: 200 },
      { id: 3, operation: '+', state: 'waiting', operands: [of(1), of(2)], sources: [1, 2], ...idle, path_ms: 100 }
    ]
  })

  clock.advance(1000)
  const { id } = (await app.inject('/internal/task?agent=lab-3')).json<{ task: { id: number } }>().task
  t.equal(id, 2)
  const claimedAt = '2026-01-01T00:00:01.000Z'
  const leased = { state: 'leased', agent: 'lab-3', attempts: 1, attempt: 1, claimed_at: claimedAt }
  t.match((await show()).operations[1], leased)
  t.notOk('outcome' in (await show()).operations[1]!, 'it is open')

  clock.advance(500)
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id, result: 6 } })
  const { operations } = await show()
  t.strictSame(operations[1], {
    id: 2,
    operation: '*',
    state: 'completed',
    operands: [2, 3],
    sources: [null, null],
    value: 6,
    agent: 'lab-3',
    attempts: 1,
    time_ms: 100,
    path_ms: 200,
    claimed_at: claimedAt,
    completed_at: '2026-01-01T00:00:01.500Z',
    attempt: 1,
    ended_at: '2026-01-01T00:00:01.500Z',
    outcome: 'completed'
  })
  t.match(operations[2], { state: 'waiting', operands: [of(1), 6], sources: [1, 2] })
})

test('an operand that is 0 is known', async t => {
  const { app } = build(t)
  await submit(app, '(1-1)*5')
  const { id } = await claim(app)
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id, result: 0 } })
  const { operations } = (await app.inject(URL)).json<Page>()
  t.match(operations, [{ state: 'completed', value: 0 }, { state: 'ready', operands: [0, 5], sources: [1, null] }])
})

test('long plans come in pages', async t => {
  const { app } = build(t)
  await submit(app, '1+1')
  await submit(app, `0.5${'+0.5'.repeat(7)}`)
  const page = async (query: string) => {
    const response = await app.inject(`/api/v1/expressions/2/operations?${query}`)
    t.equal(response.statusCode, 200, query)
    const { total, operations, next } = response.json<Page>()
    t.equal(total, 7)
    return [operations.map(({ id }) => id), next]
  }
  t.strictSame(await page(''), [[2, 3, 4, 5, 6, 7, 8], undefined])
  t.strictSame(await page('limit=3'), [[2, 3, 4], 4])
  t.strictSame(await page('limit=3&after=4'), [[5, 6, 7], 7])
  t.strictSame(await page('limit=3&after=7'), [[8], undefined])
  t.strictSame(await page('after=8'), [[], undefined])
  t.strictSame(await page('after=99'), [[], undefined])
  t.strictSame(await page('limit=7'), [[2, 3, 4, 5, 6, 7, 8], undefined])
})

test('an expression without operations has none', async t => {
  const { app } = build(t)
  await submit(app, '42')
  t.strictSame((await app.inject(URL)).json(), { total: 0, operations: [] })
})

test('what is not there is not found, and queries are checked', async t => {
  const { app } = build(t)
  await submit(app, '1+1')
  for (const id of ['2', '0', 'x', '1.5', '99999999999999999999']) {
    const response = await app.inject(`/api/v1/expressions/${id}/operations`)
    t.equal(response.statusCode, 404, id)
    t.match(response.json(), { code: 'expression_unknown' }, id)
  }
  for (const query of ['limit=0', 'limit=10001', 'limit=x', 'after=-1', 'after=1.5']) {
    const response = await app.inject(`${URL}?${query}`)
    t.equal(response.statusCode, 422, query)
    t.match(response.json(), { code: 'query_invalid' }, query)
  }
})

test('an unfinished expression says when to ask again: along its longest path, at least a second', async t => {
  const { app } = build(t)
  await submit(app, `0.5${'+0.5'.repeat(24)}`)
  const show = async () => (await app.inject('/api/v1/expressions/1')).headers['retry-after']
  const work = async (): Promise<void> => {
    const { id, arg1, arg2 } = await claim(app)
    await app.inject({ method: 'POST', url: '/internal/task', payload: { id, result: arg1 + arg2 } })
  }
  t.equal(await show(), '3', '24 operations of 100 ms')
  for (let done = 0; done < 4; done++) await work()
  t.equal(await show(), '2')
  await work()
  t.equal(await show(), '2', 'rounded up')
  for (let done = 5; done < 23; done++) await work()
  t.equal(await show(), '1', 'and never 0')
  await work()
  t.equal(await show(), undefined, 'nothing is left')
  await submit(app, '1/0')
  t.equal((await app.inject('/api/v1/expressions/2')).headers['retry-after'], undefined, 'nor of what has failed')
})

test('work, span and parallelism are shown for the plan and for the expression as it was written', async t => {
  const source = Array.from({ length: 64 }, (_, index) => index + 1).join('+')
  const times = new Map([['+', 100]])
  const { app } = build(t, {
    orchestrator: () => ({
      expression: async id => {
        const { effort, before } = planExpression(source, { times, limits: DEFAULT_LIMITS, passes: PASSES.exact })
        return {
          id,
          kind: 'expression',
          source,
          status: 'pending',
          result: null,
          error: null,
          createdAt: 0,
          startedAt: null,
          finishedAt: null,
          updatedAt: 0,
          retrievedAt: null,
          operations: { total: 63, completed: 0 },
          effort,
          effortBefore: before,
          remainingMs: 600
        }
      }
    })
  })
  t.match((await app.inject('/api/v1/expressions/1')).json(), {
    expression: {
      plan: {
        work_ms: 6300,
        span_ms: 600,
        parallelism: 10.5,
        before: { work_ms: 6300, span_ms: 6300, parallelism: 1 }
      }
    }
  })
})
