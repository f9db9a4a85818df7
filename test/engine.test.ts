import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { pino } from 'pino'
import { type Test, test } from 'tap'
import { type Engine, createEngine, inTurn } from '../src/engine.js'
import { longhandPlugin } from '../src/http/plugin.js'
import { type Environment, readSettings } from '../src/settings.js'

async function open (t: Test, environment: Environment = {}): Promise<Engine> {
  const settings = readSettings({ DATA_FILE: 'memory:', SHUTDOWN_GRACE_MS: '2000', ...environment })
  const engine = await createEngine(settings, pino({ level: 'silent' }))
  t.teardown(() => engine.close())
  return engine
}

test('an engine needs no server: its orchestrator takes expressions, and its store outlives it', async t => {
  const DATA_FILE = join(t.testdir({}), 'longhand.json')
  const engine = await open(t, { DATA_FILE })
  const { id } = await engine.orchestrator.calculate({ source: '1+2' })
  await t.rejects(open(t, { DATA_FILE }), { code: 'start_failed', message: /in use/ })
  await engine.close()
  await engine.close()
  const next = await open(t, { DATA_FILE })
  t.match(await next.orchestrator.expression(id), { id, status: 'pending' })
})

test('a stopped engine takes no new work, and reports until it is closed', async t => {
  const { orchestrator, stop, graceLeftMs } = await open(t)
  t.equal(graceLeftMs(), 2_000)
  await orchestrator.calculate({ source: '1+2' })
  const [task] = await orchestrator.claim({ agent: 'a', symbols: ['+'], max: 1 })
  await stop()
  t.ok(graceLeftMs() < 2_000, 'the grace has begun')
  await t.rejects(orchestrator.calculate({ source: '1+2' }), { code: 'draining' })
  const { outcomes } = await orchestrator.report([{ task: task!.id, lease: task!.lease, result: 3 }])
  t.same(outcomes, ['accepted'])
})

test('its agents work through a foreign app that mounts the plugin below a prefix', async t => {
  const settings = { TIME_MULTIPLICATIONS_MS: '0', INTERNAL_TOKEN: 'correct-horse-battery-staple' }
  const engine = await open(t, { COMPUTING_POWER: '1', ...settings })
  const { orchestrator, throttle, ownToken } = engine
  const app = Fastify()
  t.teardown(() => inTurn(engine.stop, () => app.close(), engine.close))
  await app.register(longhandPlugin, {
    prefix: '/calc', orchestrator, throttle, ownToken, settings: readSettings(settings), version: '0.0.0-test'
  })
  engine.startAgents(`${await app.listen({ port: 0 })}/calc`)
  const { id } = await orchestrator.calculate({ source: '6*7' })
  const answer = await app.inject(`/calc/api/v1/expressions/${id}?wait=30`)
  t.match(answer.json(), { expression: { status: 'completed', result: 42 } })
})

test('agents are started once, and not after the engine has stopped', async t => {
  const engine = await open(t, { COMPUTING_POWER: '1' })
  let requests = 0
  const server = createServer((_request, response) => {
    requests++
    response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  engine.startAgents(url)
  t.throws(() => engine.startAgents(url), /started already/)
  await once(server, 'request')
  await engine.close()
  requests = 0
  engine.startAgents(url)
  await sleep(500)
  t.equal(requests, 0)
})

test('steps in turn: each is taken though one before it fails, and the failure is not lost', async t => {
  const taken: number[] = []
  const step = (number: number, fails = false) => async () => {
    taken.push(number)
    if (fails) throw new Error(`step ${number}`)
  }
  await t.rejects(inTurn(step(1), step(2, true), step(3)), { message: 'step 2' })
  t.same(taken, [1, 2, 3])
  await t.resolves(inTurn())
})
