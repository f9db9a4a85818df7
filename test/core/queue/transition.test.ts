import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import { test } from 'tap'
import { peekTasks } from '../../../src/core/queue/calculation.js'
import { DomainError } from '../../../src/core/errors.js'
import type { ClaimedTask, Report, StoreRules } from '../../../src/core/store.js'
import {
  type Submitted, type Transition, type WrittenSubmit, applyTransition, calculationOf
} from '../../../src/core/queue/transition.js'
import { type Ledger, createLedger } from '../../../src/core/queue/ledger.js'
import { type Queue, createQueue } from '../../../src/core/queue/queue.js'
import { type ManualClock, createManualClock } from '../../manual-clock.js'
import { RULES, answer, claimBy, submissionOf } from '../../store/fixture.js'

/** What is written between its operands. */
const SYMBOLS = ['+', '-', '*', '/']

/** Close to one another, so that every one of them decides something. */
const TIGHT: StoreRules = { ...RULES, leaseMs: 1_000, timeoutMs: 9_000, retain: 3, openExpressions: 8 }

/** Nothing here is written before it is kept. */
function openQueue (ledger: Ledger, clock: ManualClock, note: (transition: Transition) => void, rules = TIGHT): Queue {
  const keep = (transition: Transition | WrittenSubmit): void => {
    if (!('written' in transition)) note(transition)
  }
  let leases = 0
  const newLease = (): string => `lease ${++leases}`
  return createQueue({ ledger, clock, rules, issuer: 'a-store', newLease, append: keep, announce: () => {} })
}

/** Everything that a ledger knows, but for the last heartbeat of what is leased, which is not kept. */
function contents ({ nextId, nextTask, lastAt, startedAt, size, all, list }: Ledger): unknown {
  const leased = new Set([...all()].filter(({ tasks }) => tasks.some(task => task?.state === 'leased'))
    .map(({ id }) => id))
  const known = <T extends { id: number, updatedAt: number }>(one: T): T =>
    leased.has(one.id) ? { ...one, updatedAt: 0 } : one
  const calculations = [...all()].map(calculation => ({ ...calculation, tasks: [...peekTasks(calculation)] }))
  return { nextId, nextTask, lastAt, startedAt, size, all: calculations.map(known), list: list({}).map(known) }
}

type Step =
  | { readonly do: 'submit', readonly source: string, readonly key: number | null }
  | { readonly do: 'claim', readonly symbols: readonly string[], readonly max: number }
  | { readonly do: 'settle', readonly pick: number, readonly held: boolean, readonly how: How }
  | { readonly do: 'renew' | 'release', readonly pick: number }
  | { readonly do: 'advance', readonly ms: number }
  | { readonly do: 'cancel' | 'retrieve', readonly id: number }

type How = 'right' | 'zero' | 'huge' | 'final' | 'retryable'

/** Small expressions; every now and then one that fails, at once or on its way. */
const sources: fc.Arbitrary<string> = fc.letrec<{ source: string }>(tie => ({
  source: fc.oneof({ maxDepth: 3 },
    fc.constantFrom('0', '1', '2', '3', '7', '1e308'),
    {
      weight: 3,
      arbitrary: fc.tuple(tie('source'), fc.constantFrom(...SYMBOLS), tie('source'))
        .map(([one, symbol, other]) => `(${one}${symbol}${other})`)
    })
})).source

const pick = fc.nat(1_000)
const does = <Verb extends Step['do']>(...verbs: Verb[]): fc.Arbitrary<Verb> => fc.constantFrom(...verbs)
const symbols = fc.oneof(fc.constant(SYMBOLS), fc.subarray(SYMBOLS))
const how = fc.constantFrom<How>('right', 'right', 'right', 'right', 'zero', 'huge', 'final', 'retryable')
const steps: fc.Arbitrary<Step[]> = fc.array(fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: does('submit'), source: sources, key: fc.option(fc.nat(5)) }) },
  { weight: 5, arbitrary: fc.record({ do: does('claim'), symbols, max: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 6, arbitrary: fc.record({ do: does('settle'), pick, held: fc.boolean(), how }) },
  { weight: 2, arbitrary: fc.record({ do: does('renew', 'release'), pick }) },
  { weight: 3, arbitrary: fc.record({ do: does('advance'), ms: fc.constantFrom(1, 500, 1_200, 3_000) }) },
  { weight: 2, arbitrary: fc.record({ do: does('cancel', 'retrieve'), id: fc.integer({ min: 0, max: 8 }) }) }
), { maxLength: 80, size: 'max' })

function reportOf (task: ClaimedTask, held: boolean, how: How): Report {
  const lease = held ? task.lease : null
  const right = answer(task)
  if (how === 'final' || how === 'retryable' || !Number.isFinite(right)) {
    const error = { code: 'operation_failed', message: 'out of beads', retryable: how === 'retryable' }
    return { task: task.id, lease, error }
  }
  return { task: task.id, lease, result: how === 'right' ? right : how === 'zero' ? -0 : 1e308 }
}

/** Does the steps with a queue; `claimed` gets all tasks that it ever handed out. */
function perform (queue: Queue, clock: ManualClock, list: readonly Step[], claimed: ClaimedTask[]): void {
  for (const step of list) {
    if (step.do === 'submit') {
      const key = step.key === null ? {} : { idempotency: { key: `${step.key}`, fingerprint: '' } }
      try {
        queue.submit(submissionOf(step.source, 200, key))
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'queue_full') throw error
      }
    } else if (step.do === 'claim') {
      claimed.push(...queue.claim({ agent: 'random', symbols: step.symbols, max: step.max }))
    } else if (step.do === 'advance') {
      clock.advance(step.ms)
      queue.expire()
    } else if ('id' in step) {
      queue[step.do](step.id)
    } else {
      const task = claimed[step.pick % (claimed.length || 1)]
      if (task === undefined) continue
      if (step.do === 'settle') queue.report([reportOf(task, step.held, step.how)])
      else queue[step.do]([{ task: task.id, lease: task.lease }])
    }
  }
}

test('replaying what a queue emitted gives the ledger that it left, by way of JSON too', async t => {
  const counts = new Map<string, number>()
  fc.assert(fc.property(steps, list => {
    const ledger = createLedger()
    const clock = createManualClock()
    const journal: string[] = []
    const queue = openQueue(ledger, clock, transition => {
      journal.push(JSON.stringify(transition))
      counts.set(transition.do, (counts.get(transition.do) ?? 0) + 1)
    })
    perform(queue, clock, list, [])

    const replayed = createLedger()
    for (const line of journal) replayed.apply(JSON.parse(line) as Transition)
    deepStrictEqual(contents(replayed), contents(ledger), 'the ledgers differ')
    deepStrictEqual(rest(openQueue(replayed, clock, () => {})), rest(queue), 'what is left to hand out differs')
  }), { numRuns: 400 })
  for (const verb of ['submit', 'claim', 'complete', 'release', 'retry', 'suspend', 'fail', 'cancel', 'retrieve',
    'forget']) {
    t.ok((counts.get(verb) ?? 0) > 20, `the journals had many lines of "${verb}"`)
  }
})

/** What a queue still hands out, by id: the order of a line ends with its process. */
function rest (queue: Queue): unknown {
  return queue.claim(claimBy('last', 1_000))
    .map(({ id, attempt, left, right }) => ({ id, attempt, left, right }))
    .sort((one, other) => one.id - other.id)
}

test('a calculation that was begun before a restart keeps the time that it has spent', async t => {
  const ledger = createLedger()
  const clock = createManualClock()
  const journal: Transition[] = []
  const queue = openQueue(ledger, clock, transition => { journal.push(transition) })
  for (const source of ['1+2', '3+4']) queue.submit(submissionOf(source))
  const [task] = queue.claim(claimBy())
  clock.advance(400)
  queue.cancel(2)
  clock.advance(60_000)
  const replayed = createLedger()
  for (const transition of journal) replayed.apply(transition)
  replayed.apply({ do: 'start', at: clock.now() })
  t.equal(replayed.findByTask(task!.id)?.spentMs, 400, 'up to the last thing that is known of its process')
  clock.advance(100)
  replayed.apply({ do: 'fail', id: 1, error: { code: 'operation_failed', message: '' }, at: clock.now() })
  replayed.apply({ do: 'start', at: clock.now() })
  t.equal(replayed.find(1)?.spentMs, 400, 'one that is over spends no more')
})

test('a transition is kept before it is applied', async t => {
  const ledger = createLedger()
  const seen: unknown[] = []
  const queue = openQueue(ledger, createManualClock(), transition => {
    seen.push([transition.do, ledger.find(1)?.status])
  })
  queue.submit(submissionOf('1+2'))
  const [task] = queue.claim(claimBy())
  queue.report([{ task: task!.id, lease: task!.lease, result: 3 }])
  t.same(seen, [['submit', undefined], ['claim', 'pending'], ['complete', 'in_progress']])
})

const SUBMITTED: Submitted = {
  do: 'submit',
  id: 3,
  kind: 'expression',
  source: '(1+2)*3',
  firstTask: 8,
  at: 1_000,
  operations: [['+', 1, 2, 100], ['*', { of: 0 }, 3, 200]],
  result: { of: 1 }
}

test('a submit holds all of a calculation; paths and dependents follow from it', async t => {
  const calculation = calculationOf(SUBMITTED)
  const { do: _, operations, result, at, ...kept } = SUBMITTED
  t.match(calculation, { ...kept, createdAt: at, idempotency: null, plan: { result } })
  const derived = Array.from(calculation.plan.operations, ({ pathMs, dependents }) => [pathMs, dependents])
  t.same(derived, [[300, [1]], [200, []]])
  const idempotency = { key: 'k', fingerprint: 'f' }
  t.same(calculationOf({ ...SUBMITTED, idempotency }).idempotency, idempotency)
})

test('a transition names the operations that became ready by it', async t => {
  const calculation = calculationOf(SUBMITTED)
  const claim = { do: 'claim', id: 3, task: 0, lease: 'L', leaseMs: 100, agent: null, at: 2_000 } as const
  const apply = (transition: Parameters<typeof applyTransition>[1]) => applyTransition(calculation, transition)
  t.same(apply(claim), [])
  t.same(apply({ do: 'release', id: 3, task: 0, at: 2_000 }), [0])
  t.same(apply(claim), [])
  t.same(apply({ do: 'retry', id: 3, task: 0, outcome: 'expired', at: 2_000 }), [0])
  t.same(apply(claim), [])
  t.same(apply({ do: 'suspend', id: 3, task: 0, at: 2_000 }), [])
  t.same(apply({ do: 'complete', id: 3, task: 0, value: 3, at: 3_000 }), [1])
  t.same(apply({ do: 'cancel', id: 3, at: 4_000 }), [])
})

test('a release, a retry and a suspension are updates of the calculation', async t => {
  const calculation = calculationOf(SUBMITTED)
  applyTransition(calculation, { do: 'claim', id: 3, task: 0, lease: 'L', leaseMs: 100, agent: null, at: 2_000 })
  const ends = [{ do: 'release' }, { do: 'retry', outcome: 'expired' }, { do: 'suspend' }] as const
  for (const [index, end] of ends.entries()) {
    applyTransition(calculation, { ...end, id: 3, task: 0, at: 3_000 + index })
    t.equal(calculation.updatedAt, 3_000 + index)
  }
})

test('the first that fetches a result is remembered', async t => {
  const calculation = calculationOf(SUBMITTED)
  applyTransition(calculation, { do: 'retrieve', id: 3, at: 5_000 })
  applyTransition(calculation, { do: 'retrieve', id: 3, at: 6_000 })
  t.match(calculation, { retrievedAt: 5_000, updatedAt: 1_000 })
})
