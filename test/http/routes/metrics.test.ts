import { readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { domainError } from '../../../src/core/errors.js'
import { OPERATIONS } from '../../../src/core/operations.js'
import { rowsOf, sectionOf } from '../../markdown.js'
import { build, submit } from '../helper.js'

async function figures (app: FastifyInstance, prefix = 'longhand_'): Promise<Record<string, number>> {
  const { statusCode, headers, body } = await app.inject('/metrics')
  if (statusCode !== 200 || !/^text\/plain/.test(String(headers['content-type']))) throw new Error(body)
  return Object.fromEntries(body.split('\n').filter(line => line.startsWith(prefix)).map(line => {
    const [, name = '', value] = /^(\S+) (\S+)$/.exec(line) ?? []
    return [name, Number(value)]
  }))
}

test('what was done and what there is to do, by the names that Prometheus wants', async t => {
  const { app, clock } = build(t)
  await submit(app, '1*2+3*4')
  await submit(app, '5-6')
  clock.advance(2_000)
  await app.inject('/internal/task?agent=lab&max=1&operations=*')
  clock.advance(1_000)
  const shown = await figures(app)
  const tasks = Object.entries(shown).filter(([name]) => name.startsWith('longhand_tasks{'))
  t.same(tasks.length, 2 * OPERATIONS.size, 'each operation has its samples, also at zero')
  t.same(shown['longhand_tasks{state="ready",operation="sqrt"}'], 0)
  for (const [name, count] of tasks) if (count === 0) delete shown[name]
  t.strictSame(shown, {
    longhand_expressions_submitted_total: 2,
    longhand_tasks_claimed_total: 1,
    longhand_tasks_claimed_again_total: 0,
    longhand_leases_expired_total: 0,
    longhand_event_streams: 0,
    longhand_store_up: 1,
    longhand_expressions_open: 2,
    longhand_operations_open: 4,
    longhand_lease_age_seconds: 1,
    longhand_queue_age_seconds: 3,
    longhand_critical_path_seconds: 0.2,
    'longhand_reports_total{outcome="accepted"}': 0,
    'longhand_reports_total{outcome="ignored"}': 0,
    'longhand_reports_total{outcome="unknown"}': 0,
    'longhand_reports_total{outcome="superseded"}': 0,
    'longhand_tasks{state="ready",operation="*"}': 1,
    'longhand_tasks{state="ready",operation="-"}': 1,
    'longhand_tasks{state="leased",operation="*"}': 1
  })
})

test('while the store is away, what was done here is shown, and what there is to do is not', async t => {
  let away = 'no'
  const { app } = build(t, {
    store: real => ({
      serves: () => away !== 'known',
      load: async () => { if (away === 'no') return real.load(); throw domainError('storage_unavailable') }
    })
  })
  await submit(app, '1*2')
  t.match(await figures(app), { longhand_store_up: 1, longhand_expressions_open: 1 })
  for (away of ['known', 'not yet known']) {
    const shown = await figures(app)
    t.match(shown, { longhand_store_up: 0, longhand_expressions_submitted_total: 1 }, away)
    t.notOk(Object.keys(shown).some(name => /_open|_age_|critical|tasks\{/.test(name)), away)
    t.ok(Object.keys(await figures(app, 'process_')).length > 0)
  }
  away = 'no'
  t.match(await figures(app), { longhand_store_up: 1, longhand_expressions_open: 1 })
})

test('a lease that ends and a report that comes too late are counted', async t => {
  const { app, clock } = build(t)
  await submit(app, '1*2')
  await app.inject('/internal/task')
  clock.advance(10_100)
  await app.inject('/internal/task')
  for (const result of [2, 3]) await app.inject({ method: 'POST', url: '/internal/task', payload: { id: 1, result } })
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: 7, result: 1 } })
  t.match(await figures(app), {
    longhand_leases_expired_total: 1,
    longhand_tasks_claimed_total: 2,
    longhand_tasks_claimed_again_total: 1,
    'longhand_reports_total{outcome="accepted"}': 1,
    'longhand_reports_total{outcome="ignored"}': 1,
    'longhand_reports_total{outcome="unknown"}': 1
  })
  t.equal((await figures(app))['longhand_tasks{state="leased",operation="*"}'], 0, 'what is over is back at zero')
})

test('requests are timed by route, from the first scrape on; those that asked to wait are not', async t => {
  const { app, orchestrator } = build(t)
  await app.inject('/health/live')
  t.strictSame(await figures(app, 'http_request_duration_seconds_count'), {})
  await submit(app, '1')
  for (const id of [1, 2]) await app.inject(`/api/v1/expressions/${id}`)
  await app.inject('/nowhere')
  const waiting = app.inject('/internal/task?wait=60')
  while ((await orchestrator.agents()).agents.every(agent => agent.waiting === 0)) await turn()
  orchestrator.drain()
  await waiting
  t.strictSame(await figures(app, 'http_request_duration_seconds_count'), {
    'http_request_duration_seconds_count{method="GET",route="/metrics",status="200"}': 1,
    'http_request_duration_seconds_count{method="POST",route="/api/v1/calculate",status="201"}': 1,
    'http_request_duration_seconds_count{method="GET",route="/api/v1/expressions/:id",status="200"}': 1,
    'http_request_duration_seconds_count{method="GET",route="/api/v1/expressions/:id",status="404"}': 1,
    'http_request_duration_seconds_count{method="GET",route="unknown",status="404"}': 1
  })
})

test('the event loop and the process are shown, and Prometheus may come by any name', async t => {
  const { app } = build(t)
  const response = await app.inject({ url: '/metrics', headers: { host: '10-1-2-3.pods.example' } })
  t.equal(response.statusCode, 200)
  t.equal(response.headers['cache-control'], 'no-store')
  const names = ['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes', 'nodejs_gc_duration_seconds']
  for (const name of names) {
    t.match(response.body, new RegExp(`^# TYPE ${name} `, 'm'))
  }
})

test('the documents name every longhand metric, and its type', async t => {
  const { app } = build(t)
  const { body } = await app.inject('/metrics')
  const shown = [...body.matchAll(/^# TYPE ((?:longhand|http)_\S+) (\S+)$/gm)].map(([, name, type]) => [name, type])
  const document = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
  const rows = rowsOf(sectionOf(document, 'What to watch'))
  const named = rows.map(([name = '', type]) => [name.replaceAll('`', ''), type])
  t.same(named.sort(), shown.sort())
})
