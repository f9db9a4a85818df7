import { test } from 'tap'
import { type AgentIdentity, agentKey } from '../../../src/core/orchestrator/agent-identity.js'
import {
  FORGET_AFTER_MS, FORGET_LEFT_AFTER_MS, LEAVING_MS, SILENT_AFTER_MS
} from '../../../src/core/orchestrator/agent-instances.js'
import { createAgents } from '../../../src/core/orchestrator/agents.js'
import { GONE_AFTER_MS, createAgentOverview } from '../../../src/core/orchestrator/agent-overview.js'
import type { ClaimedTask } from '../../../src/core/store.js'
import type { LeasedTask } from '../../../src/core/queue/task-overview.js'
import { createManualClock } from '../../manual-clock.js'

function taskOf (id: number, leaseMs = 10_000): ClaimedTask {
  return { id, expression: 1, symbol: '+', left: 1, right: 2, timeMs: 0, attempt: 1, lease: `L${id}`, leaseMs }
}

/** An agent as it is known after it was heard from once. */
const HEARD = {
  key: '=a', name: 'a', hasLeft: false, instances: [], since: 10, lastSeen: 90, claimed: 1, completed: 0, symbols: ['+']
}

const named = (_task: number, agent: string | null): string => agentKey({ agent })

test('agents are known by their names, in the order in which they first spoke', async t => {
  const clock = createManualClock()
  const start = clock.now()
  const agents = createAgents(clock)
  agents.claiming({ agent: 'b', instance: '1' }, ['+'])
  clock.advance(1_000)
  agents.claiming({ agent: null }, ['-'])
  agents.claimed({ agent: 'b', instance: '2' }, [taskOf(1), taskOf(2), taskOf(3)])
  agents.reported({ agent: 'b', instance: '1' }, 2)
  agents.seen({ agent: 'b' })
  t.strictSame(agents.list(), [
    {
      key: '=b',
      name: 'b',
      hasLeft: false,
      instances: ['1', '2'],
      since: start,
      lastSeen: start + 1_000,
      claimed: 3,
      completed: 2,
      symbols: ['+']
    },
    {
      key: '@',
      name: null,
      hasLeft: false,
      instances: [],
      since: start + 1_000,
      lastSeen: start + 1_000,
      claimed: 0,
      completed: 0,
      symbols: ['-']
    }
  ])
})

test('the silent are forgotten: names and instances', async t => {
  const clock = createManualClock()
  const agents = createAgents(clock)
  agents.seen({ agent: 'gone', instance: '1' })
  agents.seen({ agent: 'here', instance: '1' })
  clock.advance(FORGET_AFTER_MS - 1)
  agents.seen({ agent: 'here', instance: '2' })
  t.strictSame(agents.list().map(({ name, instances }) => [name, ...instances]), [['gone', '1'], ['here', '1', '2']])
  clock.advance(1)
  t.strictSame(agents.list().map(({ name, instances }) => [name, ...instances]), [['here', '2']])
})

test('a flood of names or instances is bounded, and the newest stay', async t => {
  const clock = createManualClock()
  const agents = createAgents(clock)
  for (let index = 0; index < 25_000; index++) {
    clock.advance(1)
    agents.seen({ agent: `agent ${index}`, instance: 'i' })
    agents.seen({ agent: 'one', instance: `instance ${index}` })
  }
  const known = agents.list()
  t.ok(known.length <= 10_000, `${known.length} names`)
  const names = new Set(known.map(({ name }) => name))
  t.ok(names.has('agent 24999') && names.has('agent 20000') && names.has('one'))
  const { instances } = known.find(({ name }) => name === 'one')!
  t.ok(instances.length <= 1_000 && instances.includes('instance 24999'), `${instances.length} instances`)
})

test('an instance that leaves is one of a name, and is not listed', async t => {
  const agents = createAgents(createManualClock())
  agents.seen({ agent: 'a', instance: '1' })
  agents.leave({ agent: 'a', instance: '2' })
  t.equal(agents.isLeaving({ agent: 'a', instance: '2' }), true)
  for (const identity of [{ agent: 'a', instance: '1' }, { agent: 'b', instance: '2' }, { agent: 'a' }]) {
    t.equal(agents.isLeaving(identity), false)
  }
  t.strictSame(agents.list().map(({ instances }) => instances), [['1']])
})

test('an instance that has left and asks again later is back; one that is still leaving is not', async t => {
  const clock = createManualClock()
  const agents = createAgents(clock)
  const identity = { agent: 'a', instance: '1' }
  agents.leave(identity)
  clock.advance(LEAVING_MS - 1)
  agents.claiming(identity, ['+'])
  t.equal(agents.isLeaving(identity), true, 'a claim that was on its way does not bring it back')
  clock.advance(1)
  t.equal(agents.isLeaving(identity), false)
  t.strictSame(agents.list()[0]?.instances, [], 'it has not spoken since')
  agents.claiming(identity, ['+'])
  t.equal(agents.isLeaving(identity), false)
  t.strictSame(agents.list()[0]?.instances, ['1'])

  agents.leave(identity)
  clock.advance(LEAVING_MS - 1)
  agents.leave(identity)
  clock.advance(1)
  t.equal(agents.isLeaving(identity), true, 'it counts from the last time it leaves')
})

test('the overview shows which agent holds what, including those not heard from since the start', async t => {
  const held = (id: number, agent: string | null, since: number): LeasedTask =>
    ({ id, expression: 1, symbol: '+', agent, since })
  const record = HEARD
  const tasks = [held(1, 'a', 50), held(2, 'old', 40), held(3, 'old', 30)]
  const ready = new Map([['+', 2], ['sin', 1]])
  const overview = createAgentOverview([record], { ready, leased: tasks }, new Map([['=a', 2]]), 100, named)
  t.strictSame(overview.agents, [
    { ...record, waiting: 2, tasks: [tasks[0]], state: 'working' },
    {
      key: '=old',
      name: 'old',
      hasLeft: false,
      instances: [],
      since: 30,
      lastSeen: 40,
      claimed: 0,
      completed: 0,
      symbols: [],
      waiting: 0,
      tasks: [tasks[1], tasks[2]],
      state: 'working'
    }
  ])
  t.strictSame([...overview.unserved], [['sin', 1]])
})

test('an agent that is silent, waits for nothing and holds nothing serves nothing', async t => {
  const record = { ...HEARD, lastSeen: 0 }
  const ready = new Map([['+', 1]])
  const unserved = (waiting: number, held: LeasedTask[], now: number): number =>
    createAgentOverview([record], { ready, leased: held }, new Map([['=a', waiting]]), now, named).unserved.size
  t.equal(unserved(0, [], 90_000), 0)
  t.equal(unserved(0, [], 90_001), 1)
  t.equal(unserved(1, [], 90_001), 0)
  const held = { id: 1, expression: 1, symbol: '*', agent: 'a', since: 0 }
  t.equal(unserved(0, [held], 90_001), 0, 'it works on something')
})

test('an agent is working, idle, silent or gone', async t => {
  const stateAt = (now: number, changed: object = {}, held: LeasedTask[] = [], waiting = 0) => {
    const record = { ...HEARD, lastSeen: 0, ...changed }
    const waits = new Map([['=a', waiting]])
    return createAgentOverview([record], { ready: new Map(), leased: held }, waits, now, named).agents[0]?.state
  }
  t.equal(stateAt(0), 'idle')
  t.equal(stateAt(SILENT_AFTER_MS), 'idle')
  t.equal(stateAt(SILENT_AFTER_MS + 1), 'silent')
  t.equal(stateAt(SILENT_AFTER_MS + 1, {}, [], 1), 'idle', 'it waits')
  t.equal(stateAt(GONE_AFTER_MS), 'silent')
  t.equal(stateAt(GONE_AFTER_MS + 1), 'gone')
  t.equal(stateAt(1, { hasLeft: true }), 'gone')
  const held = [{ id: 1, expression: 1, symbol: '+', agent: 'a', since: 0 }]
  t.equal(stateAt(GONE_AFTER_MS + 1, { hasLeft: true }, held), 'working')
})

test('one that has left is dropped sooner, and not while another instance of the name is there', async t => {
  const clock = createManualClock()
  const agents = createAgents(clock)
  agents.leave({ agent: 'a', instance: '1' })
  agents.leave({ agent: 'b', instance: '1' })
  agents.seen({ agent: 'b', instance: '2' })
  t.strictSame(agents.list().map(({ name, hasLeft }) => [name, hasLeft]), [['a', true], ['b', false]])
  clock.advance(FORGET_LEFT_AFTER_MS)
  t.strictSame(agents.list().map(({ name }) => name), ['b'])
})

test('agents without a name are kept apart by their addresses, and so are their tasks', async t => {
  const agents = createAgents(createManualClock())
  const [one, other] = ['192.0.2.1', '192.0.2.2']
    .map(address => ({ agent: null, address })) as [AgentIdentity, AgentIdentity]
  agents.claimed(one, [taskOf(1)])
  agents.claimed(other, [taskOf(2)])
  t.match(agents.list(), [{ name: null, address: '192.0.2.1' }, { name: null, address: '192.0.2.2' }])
  t.equal(agents.holderOf(1, null), agentKey(one))
  t.equal(agents.holderOf(2, null), agentKey(other))
  t.equal(agents.holderOf(3, null), agentKey({ agent: null }), 'claimed before this process began')
  t.equal(agents.holderOf(1, 'a'), agentKey({ agent: 'a' }))
  t.not(agentKey({ agent: null, address: 'a' }), agentKey({ agent: 'a' }), 'a name is no address')
})

test('coming and going is told once each, and nothing is left when it stops', async t => {
  const clock = createManualClock()
  const told: string[] = []
  const agents = createAgents(clock, {
    agentConnected: ({ agent }) => { told.push(`${agent} came`) },
    agentGone: ({ agent }, why) => { told.push(`${agent} ${why}`) }
  })
  const news = (): string[] => told.splice(0)
  agents.claiming({ agent: 'a', instance: '1' }, ['+'])
  agents.seen({ agent: 'a', instance: '1' })
  t.same(news(), ['a came'])
  agents.leave({ agent: 'a', instance: '1' })
  agents.reported({ agent: 'a', instance: '1' }, 1)
  t.same(news(), ['a left'])
  agents.claimed({ agent: 'busy' }, [taskOf(1, 3 * SILENT_AFTER_MS)])
  agents.seen({ agent: 'quiet' })
  clock.advance(SILENT_AFTER_MS)
  clock.advance(SILENT_AFTER_MS)
  t.same(news(), ['busy came', 'quiet came', 'quiet silent'], 'one that works need not speak')
  agents.seen({ agent: 'quiet' })
  clock.advance(3 * SILENT_AFTER_MS)
  clock.advance(SILENT_AFTER_MS)
  clock.advance(SILENT_AFTER_MS)
  t.same(news().sort(), ['busy silent', 'quiet came', 'quiet silent'])
  t.equal(clock.timers, 0, 'no timer stands when all are away')
  agents.seen({ agent: 'quiet' })
  t.equal(clock.timers, 1)
  agents.stop()
  t.equal(clock.timers, 0)
  agents.reported({ agent: 'late' }, 1)
  t.equal(clock.timers, 0, 'a last report after that sets none')
})
