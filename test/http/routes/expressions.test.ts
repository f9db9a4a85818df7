import { test } from 'tap'
import { domainError } from '../../../src/core/errors.js'
import { OPERATIONS } from '../../../src/core/operations.js'
import type { WaitOptions } from '../../../src/core/orchestrator/waiters.js'
import { build, claim, submit } from '../helper.js'

test('the list shows every expression in order of submission', async t => {
  const { app, clock } = build(t)
  t.strictSame((await app.inject('/api/v1/expressions')).json(), { expressions: [] })
  await submit(app, '1+1')
  clock.advance(1500)
  await submit(app, '0')
  t.strictSame((await app.inject('/api/v1/expressions')).json(), {
    expressions: [
      { id: 1, status: 'pending', result: null, created_at: '2026-01-01T00:00:00.000Z' },
      { id: 2, status: 'completed', result: 0, created_at: '2026-01-01T00:00:01.500Z' }
    ]
  })
})

test('the list can be cut and filtered', async t => {
  const { app } = build(t)
  for (const expression of ['1', '1+1', '2', '3']) await submit(app, expression)
  const idsOf = async (query: string): Promise<number[]> => {
    const response = await app.inject(`/api/v1/expressions?${query}`)
    return response.json<{ expressions: Array<{ id: number }> }>().expressions.map(({ id }) => id)
  }
  t.strictSame(await idsOf('limit=2'), [1, 2])
  t.strictSame(await idsOf('limit=2&after=2'), [3, 4])
  t.strictSame(await idsOf('after=4'), [])
  t.strictSame(await idsOf('status=completed'), [1, 3, 4])
  t.strictSame(await idsOf('kind=expression&limit=10000'), [1, 2, 3, 4])
  t.strictSame(await idsOf('kind=job-order'), [])
  t.strictSame(await idsOf('unheard=of'), [1, 2, 3, 4])
})

test('an invalid query is refused', async t => {
  const { app } = build(t)
  for (const query of [
    'limit=0', 'limit=10001', 'limit=1.5', 'limit=', 'limit=true', 'limit=0x10', 'limit=1&limit=2', 'after=-1',
    'after=x', 'status=done', 'status='
  ]) {
    const response = await app.inject(`/api/v1/expressions?${query}`)
    t.equal(response.statusCode, 422, query)
    t.match(response.json(), { code: 'query_invalid', type: 'urn:longhand:error:query_invalid' }, query)
  }
})

test('with a limit, the list says where the next page begins as long as there is one', async t => {
  const { app } = build(t)
  for (let count = 0; count < 4; count++) await submit(app, '1+2')
  const page = async (query: string) => {
    const { expressions, ...more } = (await app.inject(`/api/v1/expressions?${query}`)).json()
    return [expressions.map(({ id }: { id: number }) => id), more]
  }
  t.strictSame(await page('limit=2'), [[1, 2], { next: 2 }])
  t.strictSame(await page('limit=2&after=2'), [[3, 4], {}])
  t.strictSame(await page('limit=3&after=0'), [[1, 2, 3], { next: 3 }])
  t.strictSame(await page('limit=4'), [[1, 2, 3, 4], {}])
  t.strictSame(await page('limit=10000'), [[1, 2, 3, 4], {}])
  t.strictSame(await page('after=2'), [[3, 4], {}])
  t.strictSame(await page(''), [[1, 2, 3, 4], {}], 'a plain client finds nothing that is new')
  await app.inject({ method: 'DELETE', url: '/api/v1/expressions/2' })
  t.strictSame(await page('limit=1&status=pending'), [[1], { next: 1 }])
  t.strictSame(await page('limit=1&status=pending&after=1'), [[3], { next: 3 }])
  t.strictSame(await page('limit=1&status=cancelled'), [[2], {}])
})

test('an expression tells its state, its progress and its times', async t => {
  const { app, clock } = build(t)
  await submit(app, '2+2*2')
  const show = async (): Promise<unknown> => (await app.inject('/api/v1/expressions/1')).json()
  const effort = { work_ms: 200, span_ms: 200, parallelism: 1 }
  const plan = { ...effort, before: effort }
  const origin = { id: 1, expression: '2+2*2', created_at: '2026-01-01T00:00:00.000Z', plan }
  t.strictSame(await show(), {
    expression: { ...origin, status: 'pending', result: null, operations: { total: 2, completed: 0 } }
  })

  clock.advance(1000)
  const { id } = await claim(app)
  const started = { ...origin, started_at: '2026-01-01T00:00:01.000Z' }
  t.strictSame(await show(), {
    expression: { ...started, status: 'in_progress', result: null, operations: { total: 2, completed: 0 } }
  })

  await app.inject({ method: 'POST', url: '/internal/task', payload: { id, result: 4 } })
  clock.advance(1000)
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: (await claim(app)).id, result: 6 } })
  t.strictSame(await show(), {
    expression: {
      ...started,
      status: 'completed',
      result: 6,
      finished_at: '2026-01-01T00:00:02.000Z',
      operations: { total: 2, completed: 2 }
    }
  })
})

test('a failed expression names the operation that failed', async t => {
  const { app } = build(t)
  await submit(app, '(1+1)*(2+2)/(3-3)+8/(4-4)')
  for (let done = 0; done < 4; done++) {
    const task = await claim(app)
    const result = OPERATIONS.get(task.operation)!.compute(task.arg1, task.arg2)
    await app.inject({ method: 'POST', url: '/internal/task', payload: { id: task.id, result } })
  }
  const { expression } = (await app.inject('/api/v1/expressions/1')).json()
  const { operations } = (await app.inject('/api/v1/expressions/1/operations')).json()
  const { error: { position, length, operation } } = expression
  t.equal(operation.operation, '/')
  t.equal('(1+1)*(2+2)/(3-3)+8/(4-4)'.slice(position, position + length), '/')
  const failed = operations.filter(({ state }: { state: string }) => state === 'failed')
  t.match(failed, [{ id: operation.id, operation: '/', operands: operation.operands }])
})

test('a failed expression says why', async t => {
  const { app } = build(t)
  await submit(app, '1/0')
  const { expression } = (await app.inject('/api/v1/expressions/1')).json()
  t.match(expression, {
    status: 'failed',
    result: null,
    error: { code: 'division_by_zero', message: 'Division by zero: 1 / 0 (at position 1)' }
  })
})

test('an id that is unknown or none is 404', async t => {
  const { app } = build(t)
  await submit(app, '1')
  for (const id of [
    '2', '0', '-1', '1.0', '1.5', '01', 'abc', '1e0', '%20', '9007199254740993', '1'.repeat(1_000), ''
  ]) {
    const response = await app.inject(`/api/v1/expressions/${id}`)
    t.equal(response.statusCode, 404, id)
    t.equal(response.headers['content-type'], 'application/problem+json')
    t.match(response.json(), {
      code: 'expression_unknown', detail: `Expression ${decodeURIComponent(id)} does not exist`, status: 404
    }, id)
  }
})

test('with ?wait the answer comes as soon as the state is final', async t => {
  const { app, orchestrator } = build(t)
  await submit(app, '2+2')
  const waiting = app.inject('/api/v1/expressions/1?wait=60')
  const { id } = await claim(app)
  await orchestrator.report([{ task: id, lease: null, result: 4 }])
  t.match((await waiting).json(), { expression: { status: 'completed', result: 4 } })
})

test('the wait is passed on in ms, with fractions, and a preference is acknowledged', async t => {
  const waits: number[] = []
  const { app } = build(t, {
    orchestrator: real => ({
      async expression (id, wait?: WaitOptions) {
        waits.push(wait?.waitMs ?? 0)
        return real.expression(id)
      }
    })
  })
  await submit(app, '1')
  for (const [query, prefer, waitMs, applied] of [
    ['', undefined, 0, undefined],
    ['?wait=0', undefined, 0, undefined],
    ['?wait=0.25', undefined, 250, undefined],
    ['?wait=60', undefined, 60_000, undefined],
    ['', 'wait=10', 10_000, 'wait=10'],
    ['', 'respond-async, wait = "3"; x=1', 3_000, undefined],
    ['', 'respond-async, WAIT=7 , other', 7_000, 'wait=7'],
    ['', 'wait=100', 60_000, 'wait=60'],
    ['', 'wait=-1', 0, undefined],
    ['', 'await=5', 0, undefined],
    ['', 'nonsense', 0, undefined],
    ['?wait=2', 'wait=10', 2_000, undefined]
  ] as const) {
    const response = await app.inject({
      url: `/api/v1/expressions/1${query}`, headers: prefer === undefined ? {} : { prefer }
    })
    t.equal(response.statusCode, 200)
    t.equal(waits.pop(), waitMs, `${query} ${prefer}`)
    if (prefer === undefined || applied !== undefined || waitMs === 0) {
      t.equal(response.headers['preference-applied'], applied, `${query} ${prefer}`)
    }
  }
})

test('a wait that is too long or none is refused', async t => {
  const { app } = build(t)
  await submit(app, '1')
  for (const wait of ['61', '-1', 'x', '', 'Infinity', 'NaN', '1e1', 'true']) {
    const response = await app.inject(`/api/v1/expressions/1?wait=${wait}`)
    t.equal(response.statusCode, 422, wait)
    t.match(response.json(), { code: 'query_invalid' }, wait)
  }
})

test('what goes wrong in the store reaches the client as a problem', async t => {
  const { app } = build(t, {
    orchestrator: { expressions: () => Promise.reject(domainError('storage_unavailable')) }
  })
  const response = await app.inject('/api/v1/expressions')
  t.equal(response.statusCode, 503)
  t.equal(response.headers['retry-after'], '1')
  t.match(response.json(), { code: 'storage_unavailable' })
})

test('after takes every integer that a double holds, and no other', async t => {
  const { app } = build(t)
  for (const after of ['1000000000000000', '9007199254740991']) {
    t.equal((await app.inject(`/api/v1/expressions?after=${after}`)).statusCode, 200, after)
  }
  for (const after of ['9007199254740992', '9'.repeat(400)]) {
    const response = await app.inject(`/api/v1/expressions?after=${after}`)
    t.equal(response.statusCode, 422, after)
    t.match(response.json<{ detail: string }>().detail, '"after": expected an integer up to 9007199254740991')
  }
  t.equal((await app.inject('/api/v1/expressions/9007199254740993')).statusCode, 404)
})
