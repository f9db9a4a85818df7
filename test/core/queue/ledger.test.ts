import fc from 'fast-check'
import { test } from 'tap'
import { type Ledger, createLedger } from '../../../src/core/queue/ledger.js'
import { type Submitted, calculationOf } from '../../../src/core/queue/transition.js'

/** A submit of so many sums, with the ids that the ledger gives next. */
function submitted (ledger: Ledger, sums: number, extra: Partial<Submitted> = {}): Submitted {
  return {
    do: 'submit',
    id: ledger.nextId,
    kind: 'expression',
    source: `${sums} sums`,
    firstTask: ledger.nextTask,
    operations: Array.from({ length: sums }, () => ['+', 1, 2, 100] as const),
    result: sums === 0 ? 42 : { of: sums - 1 },
    at: 1_000,
    ...extra
  }
}

function submit (ledger: Ledger, sums: number, extra: Partial<Submitted> = {}): number {
  const transition = submitted(ledger, sums, extra)
  ledger.apply(transition)
  return transition.id
}

test('a task leads to its expression, as a scan of all would, with expressions forgotten in between', async t => {
  const steps = fc.array(fc.oneof(
    { weight: 2, arbitrary: fc.record({ sums: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ forget: fc.nat(1_000) }) }
  ), { maxLength: 60, size: 'max' })
  let found = 0
  fc.assert(fc.property(steps, list => {
    const ledger = createLedger()
    const model = new Map<number, { first: number, sums: number }>()
    for (const step of list) {
      if ('sums' in step) {
        const first = ledger.nextTask
        model.set(submit(ledger, step.sums), { first, sums: step.sums })
      } else {
        const id = [...model.keys()][step.forget % (model.size || 1)]
        if (id === undefined) continue
        ledger.apply({ do: 'forget', id })
        model.delete(id)
      }
    }
    for (let task = 0; task <= ledger.nextTask; task++) {
      const [expected] = [...model].find(([, { first, sums }]) => task >= first && task < first + sums) ?? []
      const id = ledger.findByTask(task)?.id
      if (id !== expected) throw new Error(`task ${task} led to ${id}`)
      if (expected !== undefined) found++
    }
    const ids = [...model.keys()]
    for (const found of [[...ledger.all()], ledger.list({})]) {
      if (String(found.map(({ id }) => id)) !== String(ids)) throw new Error('not what is kept, or not in order')
    }
    for (let id = 0; id <= ledger.nextId; id++) {
      if ((ledger.find(id)?.id === id) !== model.has(id)) throw new Error(`expression ${id}`)
    }
    if (ledger.size !== model.size) throw new Error(`size ${ledger.size}, not ${model.size}`)
  }), { numRuns: 300 })
  t.ok(found > 300)
})

test('ids go on counting after the last expression is forgotten', async t => {
  const ledger = createLedger()
  submit(ledger, 2)
  submit(ledger, 3)
  for (const id of [1, 2]) ledger.apply({ do: 'forget', id })
  t.equal(ledger.size, 0)
  t.same([ledger.nextId, ledger.nextTask], [3, 6])
})

test('a key leads to its expression until that is forgotten', async t => {
  const ledger = createLedger()
  const idempotency = { key: 'k', fingerprint: 'f' }
  const id = submit(ledger, 1, { idempotency })
  submit(ledger, 1)
  t.equal(ledger.findByKey('k')?.id, id)
  t.equal(ledger.findByKey('other'), undefined)
  ledger.apply({ do: 'forget', id })
  t.equal(ledger.findByKey('k'), undefined)
  t.equal(ledger.findByKey(idempotency.key), undefined)
  const again = submit(ledger, 1, { idempotency })
  t.equal(ledger.findByKey('k')?.id, again)
})

test('the list is cut by kind, status, place and number, together too', async t => {
  const ledger = createLedger()
  for (const sums of [1, 0, 1, 0, 0]) submit(ledger, sums, { kind: sums === 0 ? 'number' : 'expression' })
  submit(ledger, 0)
  const ids = (query: Parameters<Ledger['list']>[0]) => ledger.list(query).map(({ id }) => id)
  t.same(ids({ kind: 'number' }), [2, 4, 5])
  t.same(ids({ status: 'completed' }), [2, 4, 5, 6])
  t.same(ids({ status: 'completed', kind: 'number', after: 2, limit: 1 }), [4])
  t.same(ids({ after: 3 }), [4, 5, 6])
  t.same(ids({ limit: 0 }), [])
  ledger.apply({ do: 'forget', id: 4 })
  t.same(ids({ after: 3, limit: 2 }), [5, 6], 'a forgotten one does not count, though it is asked for as a place')
  t.same(ids({ after: 4 }), [5, 6])
})

test('calculations out of a snapshot are found, and the ids go on behind them', async t => {
  const ledger = createLedger()
  const origin = submitted(ledger, 2, { id: 7, firstTask: 20, idempotency: { key: 'k', fingerprint: 'f' } })
  ledger.insert(calculationOf(origin))
  t.same([ledger.nextId, ledger.nextTask], [8, 22])
  t.equal(ledger.findByTask(21)?.id, 7)
  t.equal(ledger.findByTask(22), undefined)
  t.equal(ledger.findByKey('k')?.id, 7)
  t.same(ledger.list({}).map(({ id }) => id), [7])
})

test('a transition of an unknown expression is refused, and forgetting one changes nothing', async t => {
  const ledger = createLedger()
  const id = submit(ledger, 1)
  t.throws(() => ledger.apply({ do: 'cancel', id: 99, at: 0 }), RangeError)
  const retry = { do: 'retry', id, task: 1, outcome: 'expired', at: 0 } as const
  t.throws(() => ledger.apply(retry), RangeError, 'a task that it does not have')
  t.same(ledger.apply({ do: 'forget', id: 99 }), [])
  ledger.apply({ do: 'forget', id })
  ledger.apply({ do: 'forget', id })
  t.equal(ledger.size, 0)
  t.throws(() => ledger.apply({ do: 'cancel', id, at: 0 }), RangeError, 'a forgotten one')
})
