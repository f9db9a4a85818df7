import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'tap'
import type { Claim } from '../../../../src/core/store.js'
import { build, dial, listen, request, submit } from '../../helper.js'

const POLLS = 1_000

test('a thousand parked polls: one task wakes one, and they share a timer', async t => {
  const claims: Claim[] = []
  const { app, orchestrator, clock } = build(t, {
    store: real => ({
      async claim (claim) {
        claims.push(claim)
        return real.claim(claim)
      }
    })
  })
  const before = clock.timers
  const answers: number[] = []
  const polls = Array.from({ length: POLLS }, async () => {
    const { statusCode } = await app.inject('/internal/task?wait=60')
    answers.push(statusCode)
  })
  const waiting = async (): Promise<number> => (await orchestrator.agents()).agents[0]?.waiting ?? 0
  while (await waiting() < POLLS) await turn()
  t.equal(claims.length, POLLS)
  t.equal(clock.timers, before + 1)

  await submit(app, '6*7')
  while (answers.length === 0) await turn()
  t.strictSame(answers, [200])
  t.equal(claims.length, POLLS + 1, 'nobody else asked the store')
  t.equal(await waiting(), POLLS - 1)

  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: 1, result: 42 } })
  clock.advance(60_000)
  await Promise.all(polls)
  t.strictSame(answers.slice(1), Array.from({ length: POLLS - 1 }, () => 404))
})

test('a task that the reporting agent claims itself wakes no other agent', async t => {
  const claims: Claim[] = []
  const { app, orchestrator } = build(t, {
    store: real => ({
      async claim (claim) {
        claims.push(claim)
        return real.claim(claim)
      }
    })
  })
  await submit(app, '1*2+3')
  await app.inject('/internal/task')
  const parked = app.inject('/internal/task?wait=60')
  while ((await orchestrator.agents()).agents[0]?.waiting !== 1) await turn()
  const asked = claims.length
  const url = '/internal/task?next=1'
  const settled = await app.inject({ method: 'POST', url, payload: { id: 1, result: 2 } })
  t.match(settled.json(), { accepted: true, task: { id: 2 } })
  await turn()
  t.equal(claims.length, asked)
  await submit(app, '4*5')
  t.match((await parked).json(), { task: { id: 3 } })
})

test('a batch is undone whole when its agent left, by GET and with a report', async t => {
  const { app, orchestrator } = build(t)
  // The socket breaks under the answer: between the claim and the first byte.
  let breaks = true
  app.addHook('onSend', (incoming, _reply, payload, done) => {
    if (breaks && incoming.url.startsWith('/internal/task?')) incoming.raw.socket.destroy()
    done(null, payload)
  })
  await submit(app, '1*2+3*4')
  const port = await listen(app)
  const report = '{"id":1,"result":2}'
  for (const text of [
    request('GET /internal/task?max=5'), request('POST /internal/task?next=1&max=5', '', report)
  ]) {
    const wire = await dial(t, port)
    wire.send(text)
    t.equal(await wire.end, '')
    while ((await orchestrator.agents()).agents.some(({ tasks }) => tasks.length > 0)) await turn()
  }
  breaks = false
  const { tasks } = (await app.inject('/internal/task?max=5')).json<{ tasks: unknown[] }>()
  t.match(tasks, [{ id: 2, attempt: 1 }], 'the result was kept, and no attempt was spent')
})

test('on one connection, each answer stands for itself', async t => {
  const { app, orchestrator } = build(t)
  await submit(app, '1*2+3*4')
  const wire = await dial(t, await listen(app))
  const closed = new Promise<void>(resolve => {
    app.server.once('request', ({ socket }) => once(socket, 'close').then(() => resolve()))
  })
  wire.send(request('GET /internal/task?max=1'))
  await wire.until('"id":1')
  wire.send(request('GET /internal/task?max=1'))
  await wire.until('"id":2')
  wire.send(request('GET /internal/task?wait=60'))
  while ((await orchestrator.agents()).agents[0]?.waiting !== 1) await turn()
  wire.socket.destroy()
  await closed
  const [agent] = (await orchestrator.agents()).agents
  t.match(agent, { waiting: 0, tasks: [{ id: 1 }, { id: 2 }] }, 'what was sent stays claimed')
})
