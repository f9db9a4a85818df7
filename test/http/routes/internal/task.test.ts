import { test } from 'tap'
import type { Claim, LeaseRef, Report } from '../../../../src/core/store.js'
import { build, claim, submit } from '../../helper.js'

const URL = '/internal/task'

test('a claimed task has all that an agent needs', async t => {
  const { app } = build(t)
  await submit(app, '6*7')
  const response = await app.inject(URL)
  t.equal(response.statusCode, 200)
  t.equal(response.headers['cache-control'], 'no-store')
  const { task } = response.json()
  t.strictSame(task, {
    id: 1,
    arg1: 6,
    arg2: 7,
    operation: '*',
    operation_time: 100,
    lease: task.lease,
    lease_ms: 10_100,
    attempt: 1,
    expression_id: 1
  })
  t.type(task.lease, 'string')
})

test('without a task the answer is 404 with an empty body', async t => {
  const { app, orchestrator } = build(t)
  const response = await app.inject(URL)
  t.equal(response.statusCode, 404)
  t.equal(response.body, '')
  t.equal(response.headers['content-type'], undefined)
  t.equal(response.headers['content-length'], '0')
  t.equal(response.headers['cache-control'], 'no-store')

  await submit(app, '1+1')
  orchestrator.drain()
  const draining = await app.inject(`${URL}?wait=60`)
  t.equal(draining.statusCode, 404, 'while draining, nothing is handed out and nobody waits')
  t.equal(draining.body, '')
})

test('a claimed task is not handed out twice, and stays claimed when its answer was sent', async t => {
  const { app } = build(t)
  await submit(app, '1+1')
  t.equal((await claim(app)).id, 1)
  t.equal((await app.inject(URL)).statusCode, 404)
  t.equal((await app.inject(URL)).statusCode, 404)
})

test('HEAD does not claim', async t => {
  const { app } = build(t)
  await submit(app, '1+1')
  const response = await app.inject({ method: 'HEAD', url: URL })
  t.equal(response.statusCode, 405)
  t.equal(response.headers.allow, 'GET, POST')
  t.equal((await claim(app)).attempt, 1)
})

test('a long poll is answered by the task that arrives', async t => {
  const { app } = build(t)
  const waiting = app.inject(`${URL}?wait=60`)
  await submit(app, '1+1')
  t.match((await waiting).json(), { task: { id: 1, operation: '+' } })
})

test('a long poll without work ends with the empty 404', async t => {
  const { app, clock } = build(t)
  const before = clock.timers
  const waiting = app.inject(`${URL}?wait=0.5`)
  while (clock.timers === before) await new Promise(resolve => setImmediate(resolve))
  clock.advance(500)
  const response = await waiting
  t.equal(response.statusCode, 404)
  t.equal(response.body, '')
})

test('an agent identifies itself and says what it can do', async t => {
  const claims: Claim[] = []
  const { app } = build(t, {
    orchestrator: {
      async claim (asked) {
        claims.push(asked)
        return []
      }
    }
  })
  for (const [query, agent, symbols] of [
    ['', null, ['+', '-', '*', '/']],
    ['?agent=lab%203', 'lab 3', ['+', '-', '*', '/']],
    ['?operations=%2B,-', null, ['+', '-']],
    ['?operations=+,*,%2F', null, ['+', '*', '/']],
    ['?operations=*', null, ['*']],
    ['?operations=*,unheard,toString', null, ['*']],
    ['?operations=unheard', null, []]
  ] as const) {
    await app.inject(URL + query)
    const address = agent === null ? { address: '127.0.0.1' } : {}
    t.strictSame(claims.pop(), { agent, symbols, max: 1, ...address }, query)
  }
})

test('a claim with a bad query is refused and claims nothing', async t => {
  const { app } = build(t)
  await submit(app, '1+1')
  for (const query of [
    'wait=61', 'wait=-1', 'wait=soon', 'operations=', `agent=${'x'.repeat(201)}`, 'agent=a&agent=b'
  ]) {
    const response = await app.inject(`${URL}?${query}`)
    t.equal(response.statusCode, 422, query)
    t.match(response.json(), { code: 'query_invalid' }, query)
  }
  t.equal((await claim(app)).attempt, 1)
})

test('a result is accepted once; the second changes nothing', async t => {
  const { app } = build(t)
  await submit(app, '6*7')
  const { id, lease } = await claim(app)
  const first = await app.inject({ method: 'POST', url: URL, payload: { id, result: 42, lease, operation_time: 7 } })
  t.equal(first.statusCode, 200)
  t.strictSame(first.json(), { accepted: true })
  const second = await app.inject({ method: 'POST', url: URL, payload: { id, result: 999 } })
  t.equal(second.statusCode, 200)
  t.strictSame(second.json(), { accepted: false })
  t.match((await app.inject('/api/v1/expressions/1')).json(), { expression: { status: 'completed', result: 42 } })
})

test('the id may be a string, and −0 becomes 0', async t => {
  const reports: Report[] = []
  const { app } = build(t, {
    orchestrator: {
      async report (some) {
        reports.push(...some)
        return { outcomes: ['accepted'], claimed: [] }
      }
    }
  })
  for (const payload of ['{"id":12,"result":-0}', '{"id":"12","result":0,"lease":"l"}', '{"result":-0.0,"id":12}']) {
    t.equal((await app.inject({ method: 'POST', url: URL, payload })).statusCode, 200, payload)
  }
  t.strictSame(reports, [
    { task: 12, lease: null, result: 0 }, { task: 12, lease: 'l', result: 0 }, { task: 12, lease: null, result: 0 }
  ])
  t.ok(reports.every(report => 'result' in report && Object.is(report.result, 0)))
})

test('an error of an agent is passed to the orchestrator; only arithmetic errors are final by default', async t => {
  const reports: Report[] = []
  const { app } = build(t, {
    orchestrator: {
      async report (some) {
        reports.push(...some)
        return { outcomes: ['accepted'], claimed: [] }
      }
    }
  })
  for (const [error, retryable] of [
    [{ code: 'no_paper', message: 'No paper' }, true],
    [{ code: 'no_paper', message: '', retryable: false }, false],
    [{ code: 'division_by_zero', message: 'No' }, false],
    [{ code: 'result_out_of_range', message: 'No' }, false],
    [{ code: 'division_by_zero', message: 'No', retryable: true }, true]
  ] as const) {
    const response = await app.inject({ method: 'POST', url: URL, payload: { id: 3, error, lease: 'l' } })
    t.strictSame(response.json(), { accepted: true })
    t.strictSame(reports.pop(), { task: 3, lease: 'l', error: { ...error, retryable } })
  }
})

test('a result for a task that is unknown or has no operands yet is 404', async t => {
  const { app } = build(t)
  await submit(app, '1+2*3')
  for (const id of [2, 3, '77', '9999999999999999', Number.MAX_SAFE_INTEGER]) {
    const response = await app.inject({ method: 'POST', url: URL, payload: { id, result: 1 } })
    t.equal(response.statusCode, 404, String(id))
    t.match(response.json(), { code: 'task_unknown', status: 404 }, String(id))
  }
})

test('an error with a superseded lease is 409', async t => {
  const { app } = build(t)
  await submit(app, '1+1')
  const { id } = await claim(app)
  const payload = { id, error: { code: 'no_paper', message: 'No paper' }, lease: 'of somebody else' }
  const response = await app.inject({ method: 'POST', url: URL, payload })
  t.equal(response.statusCode, 409)
  t.match(response.json(), {
    code: 'lease_superseded', detail: `Task ${id} was claimed again; this lease is no longer valid`
  })
})

test('a result or an error with the lease of another orchestrator is 404, and changes nothing', async t => {
  const [{ app }, { app: other }] = [build(t), build(t)]
  await submit(app, '2*2')
  await submit(other, '6*7')
  const { id, lease } = await claim(app)
  const { lease: foreign } = await claim(other)
  for (const report of [{ result: 42 }, { error: { code: 'division_by_zero', message: 'Not here' } }]) {
    const response = await app.inject({ method: 'POST', url: URL, payload: { id, lease: foreign, ...report } })
    t.equal(response.statusCode, 404)
    t.match(response.json(), { code: 'task_unknown' })
    const { results } = (await app.inject({
      method: 'POST', url: `${URL}?next=1`, payload: { results: [{ id, lease: foreign, ...report }] }
    })).json()
    t.match(results, [{ id, accepted: false, code: 'task_unknown' }])
  }
  const payload = { tasks: [{ id, lease: foreign }, { id, lease }] }
  const beat = await app.inject({ method: 'POST', url: '/internal/heartbeat', payload })
  t.match(beat.json(), { lost: [id], cancelled: [] })
  t.match((await app.inject('/api/v1/expressions/1')).json(), { expression: { status: 'in_progress', result: null } })
  await app.inject({ method: 'POST', url: URL, payload: { id, lease, result: 4 } })
  t.match((await app.inject('/api/v1/expressions/1')).json(), { expression: { status: 'completed', result: 4 } })
})

test('what is neither a result nor an error is refused as such, and changes nothing', async t => {
  const { app } = build(t)
  await submit(app, '1+1')
  const { id } = await claim(app)
  for (const rest of [
    '', ',"result":null', ',"result":"2"', ',"result":true', ',"result":1e999', ',"result":-1e999', ',"result":[2]',
    ',"result":2,"error":{"code":"c","message":"m"}', ',"error":null', ',"error":"text"', ',"error":{}',
    ',"error":{"code":"","message":"m"}', ',"error":{"code":"c"}', ',"error":{"code":"c","message":5}',
    ',"error":{"code":"c","message":"m","retryable":"no"}'
  ]) {
    const response = await app.inject({ method: 'POST', url: URL, payload: `{"id":${id}${rest}}` })
    t.equal(response.statusCode, 422, rest)
    t.match(response.json(), { code: 'result_invalid' }, rest)
  }
  t.match((await app.inject('/api/v1/expressions/1')).json(), { expression: { status: 'in_progress' } })
})

test('a body without a usable id is refused', async t => {
  const { app } = build(t)
  await submit(app, '1+1')
  for (const id of [
    '0', '-1', '1.5', '"abc"', '""', '"0"', '"01"', '"1.0"', '" 1"', 'null', 'true', '[1]', '9007199254740993'
  ]) {
    const response = await app.inject({ method: 'POST', url: URL, payload: `{"id":${id},"result":0}` })
    t.equal(response.statusCode, 422, id)
    t.match(response.json(), { code: 'body_invalid' }, id)
  }
  for (const payload of ['{"result":0}', '[]', 'null', '{"id":1,"result":NaN}', '{"id":1,"result":2,"lease":5}', '']) {
    const response = await app.inject({ method: 'POST', url: URL, payload })
    t.equal(response.statusCode, 422, payload)
    t.match(response.json(), { code: 'body_invalid' }, payload)
  }
})

test('results are taken to the end, also while draining', async t => {
  const { app, orchestrator } = build(t)
  await submit(app, '1+1')
  const { id } = await claim(app)
  orchestrator.drain()
  const response = await app.inject({ method: 'POST', url: URL, payload: { id, result: 2 } })
  t.equal(response.statusCode, 200)
  t.equal(response.headers.connection, 'close')
})

test('a release that fails is logged', async t => {
  const released: LeaseRef[] = []
  const { app, log } = build(t, {
    orchestrator: {
      async release (leases) {
        released.push(...leases)
        throw new Error('No disk')
      }
    }
  })
  // The connection is gone by the time that the claim is made.
  app.addHook('preHandler', (request, reply, done) => {
    if (request.url === URL) reply.raw.destroyed = true
    done()
  })
  await submit(app, '1+1')
  t.equal((await app.inject(URL)).statusCode, 200)
  t.match(released, [{ task: 1 }])
  t.match(log, [{ msg: /^Could not undo a claim/, err: { message: 'No disk' } }])
})
