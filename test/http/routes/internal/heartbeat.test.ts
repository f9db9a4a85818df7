import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { type TaskShown, build, claim, submit } from '../../helper.js'
import type { ManualClock } from '../../../manual-clock.js'

const URL = '/internal/heartbeat'

interface LeaseShown {
  readonly id: number
  readonly lease: string
}

async function beat (app: FastifyInstance, payload: object) {
  const response = await app.inject({ method: 'POST', url: URL, payload })
  return { status: response.statusCode, body: response.json<Readonly<Record<string, unknown>>>() }
}

const leaseOf = ({ id, lease }: TaskShown): LeaseShown => ({ id, lease })

/** Lets time pass as it does, with everything that it brings about. */
async function pass (clock: ManualClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    clock.advance(100)
    await setImmediate()
  }
}

const WELL = { status: 200, body: { lost: [], cancelled: [], state: 'run' } }

test('a heartbeat renews the leases that it names, and no others', async t => {
  const { app, clock } = build(t)
  await submit(app, '1*2+3*4')
  const kept = await claim(app)
  await claim(app)
  await pass(clock, 9_000)
  t.strictSame(await beat(app, { agent: 'a', instance: 'i', tasks: [leaseOf(kept)] }), WELL)
  await pass(clock, 10_000)
  t.match(await claim(app), { id: 2, attempt: 2 }, 'the one that was not named came back')
  t.equal((await app.inject('/internal/task')).statusCode, 404)
  await pass(clock, 100)
  t.match(await claim(app), { id: 1, attempt: 2 }, 'to its full length from the heartbeat on')
})

test('what is given back is ready again, and no attempt is spent', async t => {
  const { app } = build(t)
  await submit(app, '1*2+3*4')
  const first = await claim(app)
  const waiting = app.inject('/internal/task?wait=60&operations=*')
  t.equal((await waiting).json<{ task: TaskShown }>().task.id, 2)
  const parked = app.inject('/internal/task?wait=60')
  t.strictSame(await beat(app, { agent: 'a', release: [leaseOf(first)] }), WELL)
  t.match((await parked).json(), { task: { id: 1, attempt: 1 } }, 'a waiting claim gets it')
})

test('the response lists tasks that are lost or no longer needed', async t => {
  const { app, clock } = build(t)
  await submit(app, '1*2+3*4')
  await submit(app, '5*6')
  await submit(app, '7*8')
  const [slow, settled, cancelled, current] = [await claim(app), await claim(app), await claim(app), await claim(app)]
  t.strictSame([slow.id, settled.id, cancelled.id, current.id], [1, 4, 5, 2])
  clock.advance(9_000)
  t.strictSame((await beat(app, { tasks: [settled, cancelled, current].map(leaseOf) })).status, 200)
  clock.advance(2_000)
  t.equal((await claim(app)).id, slow.id, 'somebody else is at it')
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: settled.id, result: 30 } })
  await app.inject({ method: 'DELETE', url: '/api/v1/expressions/3' })
  const tasks = [slow, settled, cancelled, current].map(leaseOf)
  t.strictSame(await beat(app, { tasks, release: [{ id: 99, lease: 'x' }] }), {
    status: 200, body: { lost: [slow.id, 99], cancelled: [settled.id, cancelled.id], state: 'run' }
  })
})

test('leases that are only checked are answered like others, and are not renewed', async t => {
  const { app, clock } = build(t)
  await submit(app, '1*2+3*4')
  await submit(app, '5*6')
  const [one, cancelled] = [await claim(app), await claim(app)]
  await pass(clock, 9_000)
  await app.inject({ method: 'DELETE', url: '/api/v1/expressions/2' })
  const check = [one, cancelled, { ...one, lease: 'of another' }].map(leaseOf)
  t.strictSame(await beat(app, { check }), {
    status: 200, body: { lost: [one.id], cancelled: [cancelled.id], state: 'run' }
  })
  await pass(clock, 1_100)
  t.match(await claim(app), { id: one.id, attempt: 2 }, 'its lease has ended')
})

test('with none but superseded leases it is 409; one that is current or over makes it 200', async t => {
  const { app } = build(t)
  await submit(app, '1*2+3*4')
  const one = await claim(app)
  const stale = { id: one.id, lease: 'of another' }
  for (const body of [
    { tasks: [stale] }, { release: [stale] }, { tasks: [stale, { id: 2, lease: 'none' }], release: [stale] }
  ]) {
    const { status, body: problem } = await beat(app, body)
    t.equal(status, 409)
    t.equal(problem['code'], 'lease_superseded')
  }
  t.strictSame(await beat(app, { tasks: [stale, leaseOf(one)] }), {
    status: 200, body: { lost: [1], cancelled: [], state: 'run' }
  })
  t.equal((await app.inject({ method: 'POST', url: '/internal/task', payload: { id: 1, result: 2 } })).statusCode, 200)
  t.strictSame(await beat(app, { tasks: [stale] }), {
    status: 200, body: { lost: [], cancelled: [1], state: 'run' }
  }, 'settled: nobody needs it, whoever held it')
})

test('it says when the orchestrator is draining, and still renews', async t => {
  const { app, orchestrator, clock } = build(t)
  await submit(app, '1*2')
  const task = await claim(app)
  clock.advance(9_000)
  orchestrator.drain()
  t.strictSame(await beat(app, { tasks: [leaseOf(task)] }), {
    status: 200, body: { lost: [], cancelled: [], state: 'drain' }
  })
  clock.advance(9_000)
  t.strictSame((await beat(app, { tasks: [leaseOf(task)] })).body['lost'], [])
})

test('an instance that leaves has its polls answered and is given nothing more; others are', async t => {
  const { app, orchestrator } = build(t)
  const poll = (instance: string) => app.inject(`/internal/task?wait=60&agent=a&instance=${instance}`)
  const leaving = poll('i')
  const staying = poll('j')
  while ((await orchestrator.agents()).agents[0]?.waiting !== 2) await setImmediate()
  t.strictSame(await beat(app, { agent: 'a', instance: 'i', leaving: true }), WELL)
  t.equal((await leaving).statusCode, 404)
  await submit(app, '1*2')
  t.match((await staying).json(), { task: { id: 1, attempt: 1 } })
  await submit(app, '3*4')
  t.equal((await poll('i')).statusCode, 404, 'a poll that was under way')
  const url = '/internal/task?next=1&wait=60&agent=a&instance=i'
  const settled = await app.inject({ method: 'POST', url, payload: { id: 1, result: 2 } })
  t.strictSame(settled.json(), { accepted: true, task: null }, 'its results are taken')
  t.match((await poll('j')).json(), { task: { id: 2, attempt: 1 } })
})

test('an empty heartbeat is a sign of life', async t => {
  const { app } = build(t)
  t.strictSame(await beat(app, {}), WELL)
  t.strictSame(await beat(app, { agent: 'a', leaving: true }), WELL, 'of no instance')
})

test('a body that is not as it should be is refused, and nothing happens', async t => {
  const { app } = build(t)
  await submit(app, '1*2')
  const lease = leaseOf(await claim(app))
  for (const payload of [
    { release: [lease, { id: 1 }] }, { release: [lease], tasks: 'x' }, { release: lease }, { agent: 5 },
    { release: [lease, { id: 0, lease: 'x' }] }, { release: [lease], leaving: 'yes' }, { instance: '' }, []
  ]) {
    const { status, body } = await beat(app, payload)
    t.equal(status, 422, JSON.stringify(payload))
    t.equal(body['code'], 'body_invalid')
  }
  t.equal((await app.inject('/internal/task')).statusCode, 404, 'nothing was given back')
})
