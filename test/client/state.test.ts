import fc from 'fast-check'
import { test } from 'tap'
import type { Agent, Expression, ListEntry, Operation } from '../../src/client/api.js'
import { createExpressionReader, createListReader } from '../../src/client/state.js'
import { agentNamed, entryOf, expressionOf, operationOf } from './objects.js'

const NOW = '2026-01-31T12:00:00.000Z'
const EXPRESSION: Expression = expressionOf(1)

test('an expression', async t => {
  await t.test('a start has everything, and a change what it changes', async t => {
    const read = createExpressionReader()
    const [one, two] = [operationOf(1), operationOf(2)]
    const data = { now: NOW, expression: EXPRESSION, operations: [one, two] }
    const first = read({ type: 'start', cursor: 'a', data })
    t.strictSame(first, {
      now: NOW, cursor: 'a', expression: EXPRESSION, operations: [one, two], changed: [one, two], isStart: true
    })
    const done = operationOf(2, 'completed')
    const second = read({ type: 'change', cursor: 'b', data: { now: NOW, operations: [done] } })
    t.strictSame(second, {
      now: NOW, cursor: 'b', expression: EXPRESSION, operations: [one, done], changed: [done], isStart: false
    })
    t.strictSame(first?.operations, [one, two], 'an update stays as it was')
  })

  await t.test('the pieces of one state make one update', async t => {
    const read = createExpressionReader()
    const piece = { now: NOW, expression: EXPRESSION, more: true }
    t.equal(read({ type: 'start', cursor: 'a', data: { ...piece, operations: [operationOf(1)] } }), null)
    t.equal(read({ type: 'change', cursor: 'b', data: { ...piece, operations: [operationOf(2)] } }), null)
    const last = { now: NOW, operations: [operationOf(1, 'completed')] }
    t.match(read({ type: 'change', cursor: 'c', data: last }), {
      cursor: 'c', isStart: true, operations: [{ id: 1, state: 'completed' }, { id: 2, state: 'ready' }]
    })
  })

  await t.test('a start in the midst of the pieces discards them', async t => {
    const read = createExpressionReader()
    const data = { now: NOW, expression: EXPRESSION }
    read({ type: 'start', cursor: 'a', data: { ...data, operations: [operationOf(1)], more: true } })
    t.strictSame(read({ type: 'start', cursor: 'b', data: { ...data, operations: [operationOf(7)] } })?.operations,
      [operationOf(7)])
  })

  await t.test('a reader that goes on after an update has what came before', async t => {
    const data = { now: NOW, expression: EXPRESSION, operations: [operationOf(1), operationOf(2)] }
    const known = createExpressionReader()({ type: 'start', cursor: 'a', data })
    t.match(createExpressionReader(known!)({ type: 'change', cursor: 'b', data: { now: NOW } }), {
      expression: EXPRESSION, operations: [{ id: 1 }, { id: 2 }], changed: [], isStart: false
    })
  })

  await t.test('a stream without its expression is refused', async t => {
    t.throws(() => createExpressionReader()({ type: 'start', cursor: '', data: { now: NOW } }),
      { code: 'answer_invalid' })
  })
})

test('the list', async t => {
  await t.test('entries and agents come, change and go', async t => {
    const read = createListReader()
    const [one, two] = [entryOf(1), entryOf(2)]
    const [lab, office, unnamed] = [agentNamed('lab'), agentNamed('office'), agentNamed(null, '192.0.2.7')]
    const unserved = [{ operation: '/', tasks: 3 }]
    t.strictSame(read({
      type: 'start',
      cursor: 'a',
      data: { now: NOW, expressions: [one, two], agents: [lab, office, unnamed], unserved }
    }), {
      now: NOW,
      cursor: 'a',
      expressions: [one, two],
      changed: [one, two],
      deleted: [],
      agents: [lab, office, unnamed],
      unserved,
      isStart: true
    })
    const three = entryOf(3)
    const busy: Agent = { ...office, state: 'working' }
    const removed = [{ name: null, address: '192.0.2.7' }, { name: 'lab' }]
    t.strictSame(read({
      type: 'change',
      cursor: 'b',
      data: { now: NOW, expressions: [three], deleted: [1, 9], agents: [busy], removed_agents: removed, unserved: [] }
    }), {
      now: NOW,
      cursor: 'b',
      expressions: [two, three],
      changed: [three],
      deleted: [1, 9],
      agents: [busy],
      unserved: [],
      isStart: false
    })
    t.match(read({ type: 'change', cursor: 'c', data: { now: NOW } }), { agents: [busy], unserved: [], deleted: [] })
  })

  await t.test('what was deleted after its entry came is gone', async t => {
    const read = createListReader()
    read({ type: 'start', cursor: 'a', data: { now: NOW, expressions: [entryOf(1), entryOf(2)], more: true } })
    t.strictSame(read({ type: 'change', cursor: 'b', data: { now: NOW, deleted: [2] } }), {
      now: NOW,
      cursor: 'b',
      expressions: [entryOf(1)],
      changed: [entryOf(1)],
      deleted: [2],
      agents: [],
      unserved: [],
      isStart: true
    })
  })

  await t.test('a change with all agents discards the others', async t => {
    const read = createListReader()
    read({ type: 'start', cursor: 'a', data: { now: NOW, agents: [agentNamed('lab'), agentNamed('office')] } })
    const data = { now: NOW, agents: [agentNamed('office')], all_agents: true }
    t.same(read({ type: 'change', cursor: 'b', data })?.agents, [agentNamed('office')])
  })

  await t.test('a start discards entries, agents and unserved work', async t => {
    const read = createListReader()
    const unserved = [{ operation: '+', tasks: 1 }]
    const data = { now: NOW, expressions: [entryOf(1)], agents: [agentNamed('lab')], unserved }
    read({ type: 'start', cursor: 'a', data })
    t.strictSame(read({ type: 'start', cursor: 'b', data: { now: NOW } }), {
      now: NOW, cursor: 'b', expressions: [], changed: [], deleted: [], agents: [], unserved: [], isStart: true
    })
  })
})

test('a change of an expression keeps what only the start has', async t => {
  const read = createExpressionReader()
  read({ type: 'start', cursor: 'a', data: { now: NOW, expression: EXPRESSION } })
  const update = read({ type: 'change', cursor: 'b', data: { now: NOW, expression: { status: 'cancelled' } } })
  t.same(update?.expression, { ...EXPRESSION, status: 'cancelled' })
})

test('after the first whole state, each message is an update, also while more follows', async t => {
  const read = createExpressionReader()
  const data = { now: NOW, expression: EXPRESSION, operations: [operationOf(1)] }
  t.equal(read({ type: 'start', cursor: 'a', data: { ...data, more: true } }), null)
  t.match(read({ type: 'change', cursor: 'b', data }), { isStart: true })
  t.match(read({ type: 'change', cursor: 'c', data: { ...data, more: true } }), { isStart: false })
})

/** Ids in any order, some of them twice. */
const ids = fc.array(fc.nat({ max: 30 }))

test('any sequence of messages leaves the newest state of each, in the order of their ids', async t => {
  const step = fc.record({ ids, deleted: ids, more: fc.boolean(), isStart: fc.boolean() })
  fc.assert(fc.property(fc.array(step), steps => {
    const readOperations = createExpressionReader()
    const readList = createListReader()
    const operations = new Map<number, Operation>()
    const entries = new Map<number, ListEntry>()
    let isWhole = false
    for (const [step, { ids, deleted, more, isStart }] of steps.entries()) {
      const type = isStart || step === 0 ? 'start' : 'change'
      if (type === 'start') for (const model of [operations, entries]) model.clear()
      isWhole = (isWhole && type !== 'start') || !more
      const operationsSent = ids.map(id => ({ ...operationOf(id), value: step }))
      // An id that was deleted does not come back.
      const entriesSent = ids.map(id => ({ ...entryOf(id + 100 * step), result: step }))
      const deletedSent = [...entries.keys()].filter(id => deleted.includes(id % 100))
      for (const operation of operationsSent) operations.set(operation.id, operation)
      for (const entry of entriesSent) entries.set(entry.id, entry)
      for (const id of deletedSent) entries.delete(id)
      const rest = { now: NOW, ...more && { more } }
      const update = readOperations({
        type, cursor: '', data: { ...rest, expression: EXPRESSION, operations: operationsSent }
      })
      const list = readList({ type, cursor: '', data: { ...rest, expressions: entriesSent, deleted: deletedSent } })
      t.same([update !== null, list !== null], [isWhole, isWhole])
      if (update !== null) t.strictSame(update.operations, sorted(operations))
      if (list !== null) t.strictSame(list.expressions, sorted(entries))
    }
  }), { numRuns: 50 })
})

function sorted<T extends { readonly id: number }> (model: ReadonlyMap<number, T>): T[] {
  return [...model.values()].sort((one, other) => one.id - other.id)
}
