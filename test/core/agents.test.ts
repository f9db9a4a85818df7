import { test } from 'tap'
import { FORGET_AFTER_MS, LEAVING_MS, createAgents } from '../../src/core/agents.js'
import { createRoster } from '../../src/core/roster.js'
import type { HeldTask } from '../../src/core/store.js'
import { createManualClock } from '../manual-clock.js'

test('agents are known by their names, in the order in which they first spoke', async t => {
  const clock = createManualClock()
  const start = clock.now()
  const agents = createAgents(clock)
  agents.asked({ agent: 'b', instance: '1' }, ['+'])
  clock.advance(1_000)
  agents.asked({ agent: null }, ['-'])
  agents.claimed({ agent: 'b', instance: '2' }, 3)
  agents.reported({ agent: 'b', instance: '1' }, 2)
  agents.lives({ agent: 'b' })
  t.strictSame(agents.list(), [
    {
      name: 'b',
      instances: ['1', '2'],
      since: start,
      lastSeen: start + 1_000,
      claimed: 3,
      completed: 2,
      symbols: ['+']
    },
    {
      name: null,
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
  agents.lives({ agent: 'gone', instance: '1' })
  agents.lives({ agent: 'here', instance: '1' })
  clock.advance(FORGET_AFTER_MS - 1)
  agents.lives({ agent: 'here', instance: '2' })
  t.strictSame(agents.list().map(({ name, instances }) => [name, ...instances]), [['gone', '1'], ['here', '1', '2']])
  clock.advance(1)
  t.strictSame(agents.list().map(({ name, instances }) => [name, ...instances]), [['here', '2']])
})

test('a flood of names or instances is bounded, and the newest stay', async t => {
  const clock = createManualClock()
  const agents = createAgents(clock)
  for (let index = 0; index < 25_000; index++) {
    clock.advance(1)
    agents.lives({ agent: `agent ${index}`, instance: 'i' })
    agents.lives({ agent: 'one', instance: `instance ${index}` })
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
  agents.lives({ agent: 'a', instance: '1' })
  agents.leaves({ agent: 'a', instance: '2' })
  t.equal(agents.isLeaving({ agent: 'a', instance: '2' }), true)
  for (const who of [{ agent: 'a', instance: '1' }, { agent: 'b', instance: '2' }, { agent: 'a' }]) {
    t.equal(agents.isLeaving(who), false)
  }
  t.strictSame(agents.list().map(({ instances }) => instances), [['1']])
})

test('an instance that has left and asks again later is back; one that is still leaving is not', async t => {
  const clock = createManualClock()
  const agents = createAgents(clock)
  const who = { agent: 'a', instance: '1' }
  agents.leaves(who)
  clock.advance(LEAVING_MS - 1)
  agents.asked(who, ['+'])
  t.equal(agents.isLeaving(who), true, 'a poll that was on its way does not bring it back')
  clock.advance(1)
  t.equal(agents.isLeaving(who), false)
  t.strictSame(agents.list()[0]?.instances, [], 'it has not spoken since')
  agents.asked(who, ['+'])
  t.equal(agents.isLeaving(who), false)
  t.strictSame(agents.list()[0]?.instances, ['1'])

  agents.leaves(who)
  clock.advance(LEAVING_MS - 1)
  agents.leaves(who)
  clock.advance(1)
  t.equal(agents.isLeaving(who), true, 'said again, it counts from then')
})

test('the roster shows who holds what, also those who have not spoken since the start', async t => {
  const held = (id: number, agent: string | null, since: number): HeldTask =>
    ({ id, expression: 1, symbol: '+', agent, since })
  const record = { name: 'a', instances: [], since: 10, lastSeen: 90, claimed: 1, completed: 0, symbols: ['+'] }
  const tasks = [held(1, 'a', 50), held(2, 'old', 40), held(3, 'old', 30)]
  const ready = new Map([['+', 2], ['sin', 1]])
  const roster = createRoster([record], { ready, held: tasks }, new Map([['a', 2]]), 100)
  t.strictSame(roster.agents, [
    { ...record, waiting: 2, tasks: [tasks[0]] },
    {
      name: 'old',
      instances: [],
      since: 30,
      lastSeen: 40,
      claimed: 0,
      completed: 0,
      symbols: [],
      waiting: 0,
      tasks: [tasks[1], tasks[2]]
    }
  ])
  t.strictSame([...roster.unserved], [['sin', 1]])
})

test('an agent that is silent, waits for nothing and holds nothing serves nothing', async t => {
  const record = { name: 'a', instances: [], since: 0, lastSeen: 0, claimed: 0, completed: 0, symbols: ['+'] }
  const ready = new Map([['+', 1]])
  const unserved = (waiting: number, held: HeldTask[], now: number): number =>
    createRoster([record], { ready, held }, new Map([['a', waiting]]), now).unserved.size
  t.equal(unserved(0, [], 90_000), 0)
  t.equal(unserved(0, [], 90_001), 1)
  t.equal(unserved(1, [], 90_001), 0)
  const held = { id: 1, expression: 1, symbol: '*', agent: 'a', since: 0 }
  t.equal(unserved(0, [held], 90_001), 0, 'it works on something')
})
