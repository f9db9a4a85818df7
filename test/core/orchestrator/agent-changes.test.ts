import { test } from 'tap'
import { createAgentChanges } from '../../../src/core/orchestrator/agent-changes.js'
import type { AgentOverview, AgentOverviewEntry } from '../../../src/core/orchestrator/agent-overview.js'

function agent (name: string | null, extra: Partial<AgentOverviewEntry> = {}): AgentOverviewEntry {
  return {
    key: name ?? `at ${extra.address}`,
    name,
    hasLeft: false,
    instances: [],
    since: 0,
    lastSeen: 1_000,
    claimed: 0,
    completed: 0,
    symbols: ['+'],
    state: 'idle',
    waiting: 0,
    tasks: [],
    ...extra
  }
}

function overview (agents: readonly AgentOverviewEntry[], unserved = new Map<string, number>()): AgentOverview {
  return { agents, unserved }
}

test('what changed between two overviews is given, and all of it to a follower without a revision', async t => {
  const changes = createAgentChanges()
  t.ok(changes.update(overview([agent('one'), agent('other')])))
  const { revision, ...all } = changes.since(null)
  t.same(all, { isAll: true, changed: [agent('one'), agent('other')], removed: [], unserved: new Map() })
  t.notOk(changes.update(overview([agent('one', { lastSeen: 1_003 }), agent('other')])), 'the jitter of two clocks')
  t.match(changes.since(revision), { isAll: false, changed: [], removed: [], unserved: null })

  changes.update(overview([agent('one', { lastSeen: 1_010 }), agent(null, { address: '192.0.2.7' })]))
  t.match(changes.since(revision), {
    isAll: false,
    changed: [{ name: 'one', lastSeen: 1_010 }, { name: null, address: '192.0.2.7' }],
    removed: [{ name: 'other' }],
    unserved: null
  })
  changes.update(overview([agent('one', { lastSeen: 1_010 }), agent('other')], new Map([['/', 2]])))
  t.match(changes.since(revision), {
    changed: [{ name: 'one' }, { name: 'other' }],
    removed: [{ name: null, address: '192.0.2.7' }],
    unserved: new Map([['/', 2]])
  })
})

test('a flood of names is forgotten, and followers get all agents then', async t => {
  const changes = createAgentChanges()
  changes.update(overview([agent('one')]))
  const { revision } = changes.since(null)
  for (let flood = 0; flood < 3; flood++) {
    changes.update(overview(Array.from({ length: 10_000 }, (_, index) => agent(`${flood}-${index}`))))
  }
  changes.update(overview([agent('one')]))
  t.match(changes.since(revision), { isAll: true, changed: [agent('one')] })
})
