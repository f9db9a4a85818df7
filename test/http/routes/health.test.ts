import { test } from 'tap'
import { build } from '../helper.js'

test('live and ready', async t => {
  const { app, orchestrator } = build(t)
  for (const url of ['/health/live', '/health/ready']) {
    const response = await app.inject(url)
    t.equal(response.statusCode, 200, url)
    t.strictSame(response.json(), { status: 'ok' }, url)
    t.equal(response.headers['cache-control'], 'no-store', url)
  }
  orchestrator.drain()
  t.equal((await app.inject('/health/live')).statusCode, 200, 'still alive')
  const ready = await app.inject('/health/ready')
  t.equal(ready.statusCode, 503)
  t.strictSame(ready.json(), { status: 'draining' })
})

test('a server whose store is unavailable is live, and not ready', async t => {
  let serves = false
  const { app } = build(t, { store: () => ({ serves: () => serves }) })
  t.equal((await app.inject('/health/live')).statusCode, 200)
  const ready = await app.inject('/health/ready')
  t.equal(ready.statusCode, 503)
  t.strictSame(ready.json(), { status: 'storage_unavailable' })
  serves = true
  t.equal((await app.inject('/health/ready')).statusCode, 200)
})

test('supervisors may come by any name', async t => {
  const { app } = build(t)
  for (const url of ['/health/live', '/health/ready']) {
    t.equal((await app.inject({ url, headers: { host: '10-1-2-3.pods.example' } })).statusCode, 200, url)
  }
})
