import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'tap'
import { OPERATIONS } from '../../../src/core/operations.js'
import { build, claim, submit } from '../helper.js'

const URL = '/api/v1/agents'

test('without agents the list is empty', async t => {
  const { app } = build(t)
  const response = await app.inject(URL)
  t.equal(response.headers['cache-control'], 'no-store')
  t.strictSame(response.json(), { agents: [], unserved: [] })
})

test('the list shows which agent computes what, since when, and how much', async t => {
  const { app, clock, orchestrator } = build(t)
  await submit(app, '(1*2+3*4)*(5*6+7*8)')
  await app.inject('/internal/task?agent=lab&instance=one&max=2&operations=*,%2B')
  clock.advance(1_000)
  await claim(app)
  const query = 'next=1&agent=lab&instance=two&operations=*'
  await app.inject({ method: 'POST', url: `/internal/task?${query}`, payload: { id: 1, result: 2 } })
  const payload = { id: 2, error: { code: 'c', message: 'm' } }
  await app.inject({ method: 'POST', url: '/internal/task?agent=lab', payload })
  const parked = app.inject('/internal/task?agent=idle&wait=60&operations=-')
  while ((await orchestrator.agents()).agents.length < 3) await turn()

  const { agents } = (await app.inject(URL)).json<{ agents: Array<{ tasks: unknown[] }> }>()
  const [start, later] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.000Z']
  t.strictSame(agents, [
    {
      name: 'lab',
      state: 'working',
      instances: ['one', 'two'],
      since: start,
      last_seen: later,
      claimed: 3,
      completed: 1,
      operations: ['*'],
      waiting: 0,
      tasks: [{ id: 5, expression_id: 1, operation: '*', since: later }]
    },
    {
      name: null,
      address: '127.0.0.1',
      state: 'working',
      instances: [],
      since: later,
      last_seen: later,
      claimed: 1,
      completed: 0,
      operations: 'arithmetic',
      waiting: 0,
      tasks: [{ id: 4, expression_id: 1, operation: '*', since: later }]
    },
    {
      name: 'idle',
      state: 'idle',
      instances: [],
      since: later,
      last_seen: later,
      claimed: 0,
      completed: 0,
      operations: ['-'],
      waiting: 1,
      tasks: []
    }
  ])
  clock.advance(60_000)
  await parked
})

test('work that no live agent can do is shown as such', async t => {
  const { app, clock } = build(t)
  await submit(app, '1/2+3/4+5*6')
  const unserved = async (): Promise<unknown> => (await app.inject(URL)).json<{ unserved: unknown }>().unserved
  t.strictSame(await unserved(), [{ operation: '/', tasks: 2 }, { operation: '*', tasks: 1 }], 'there is nobody')
  await app.inject('/internal/task?agent=a&operations=*')
  t.strictSame(await unserved(), [{ operation: '/', tasks: 2 }])
  await app.inject('/internal/task?agent=b&operations=/')
  t.strictSame(await unserved(), [])
  clock.advance(91_000)
  t.strictSame(await unserved(), [{ operation: '/', tasks: 2 }, { operation: '*', tasks: 1 }], 'both are silent')
})

test('what an agent can do is summed up, and the silent say since when', async t => {
  const { app, clock } = build(t)
  const all = [...OPERATIONS.keys()].map(encodeURIComponent)
  await app.inject(`/internal/task?agent=a&operations=${all.join(',')}`)
  await app.inject('/internal/task?agent=b&operations=/,*,-,%2B')
  await app.inject('/internal/task?agent=c&operations=sqrt,*')
  const since = new Date(clock.now()).toISOString()
  const shown = async () => (await app.inject(URL)).json<{ agents: Array<Record<string, unknown>> }>().agents
  t.same((await shown()).map(({ operations }) => operations), ['all', 'arithmetic', ['sqrt', '*']])
  t.notOk('silent_since' in (await shown())[0]!)
  clock.advance(91_000)
  t.match(await shown(), Array(3).fill({ state: 'silent', silent_since: since }))
  const payload = { agent: 'd', instance: 'i', leaving: true }
  await app.inject({ method: 'POST', url: '/internal/heartbeat', payload })
  t.match((await shown())[3], { name: 'd', state: 'gone' })
  clock.advance(60_000)
  t.equal((await shown()).length, 3)
  clock.advance(450_000)
  t.same(await shown(), [])
})
