import { test } from 'tap'
import type { WaitOptions } from '../../../../src/core/orchestrator/waiters.js'
import type { LeaseRef } from '../../../../src/core/store.js'
import { build, defer, dial, listen, request, submit } from '../../helper.js'

const GET = request('GET /internal/task')
const POLL = request('GET /internal/task?wait=60')

test('an agent that disconnects while its claim waits takes no task', async t => {
  const waiting = defer<WaitOptions>()
  const { app } = build(t, {
    orchestrator: real => ({
      async claim (wanted, options) {
        const tasks = real.claim(wanted, options)
        if (options !== undefined) waiting.resolve(options)
        return tasks
      }
    })
  })
  const wire = await dial(t, await listen(app))
  wire.send(POLL)
  const { signal: gone } = await waiting.promise
  const left = new Promise(resolve => gone?.addEventListener('abort', resolve))
  wire.socket.destroy()
  await left

  await submit(app, '1+1')
  t.match((await app.inject('/internal/task')).json(), { task: { id: 1, attempt: 1 } }, 'the next agent has it')
})

test('a claim whose agent left before the answer is undone', async t => {
  const asked = defer()
  const go = defer()
  const undone = defer<readonly LeaseRef[]>()
  const { app } = build(t, {
    orchestrator: real => ({
      async claim (wanted, options) {
        const tasks = await real.claim(wanted, options)
        if (tasks.length > 0) {
          asked.resolve()
          await go.promise
        }
        return tasks
      },
      async release (leases) {
        const outcomes = await real.release(leases)
        undone.resolve(leases)
        return outcomes
      }
    })
  })
  await submit(app, '1+1')
  const closed = defer()
  app.server.once('request', (_request, response) => response.once('close', () => closed.resolve()))
  const wire = await dial(t, await listen(app))
  wire.send(GET)
  await asked.promise
  wire.socket.destroy()
  await closed.promise
  go.resolve()
  t.match(await undone.promise, [{ task: 1, lease: /~lease-1$/ }])
  t.match((await app.inject('/internal/task')).json(), { task: { id: 1, attempt: 1, lease: /~lease-2$/ } })
})

test('a claim whose answer could not be written is undone', async t => {
  const undone = defer<readonly LeaseRef[]>()
  const { app } = build(t, {
    orchestrator: real => ({
      async release (leases) {
        undone.resolve(leases)
        return real.release(leases)
      }
    })
  })
  // The socket breaks under the answer: between the claim and the first byte.
  app.addHook('onSend', (incoming, _reply, payload, done) => {
    if (incoming.url === '/internal/task') incoming.raw.socket.destroy()
    done(null, payload)
  })
  await submit(app, '1+1')
  const wire = await dial(t, await listen(app))
  wire.send(GET)
  t.equal(await wire.end, '')
  t.match(await undone.promise, [{ task: 1, lease: /~lease-1$/ }])
})

test('a claim whose answer was sent stays, also when the connection ends then', async t => {
  const released: LeaseRef[] = []
  const { app } = build(t, {
    orchestrator: {
      async release (leases) {
        released.push(...leases)
        return []
      }
    }
  })
  await submit(app, '1+1')
  const closed = defer()
  app.server.once('connection', socket => socket.once('close', () => closed.resolve()))
  const wire = await dial(t, await listen(app))
  wire.send(GET)
  await wire.until('"task"')
  wire.socket.destroy()
  await closed.promise
  t.strictSame(released, [])
})
