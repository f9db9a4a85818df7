import { type Test, test } from 'tap'
import { DEFAULT_LIMITS } from '../../src/core/language/limits.js'
import { BASIC_SYMBOLS, OPERATIONS } from '../../src/core/operations.js'
import { createPlan } from '../../src/core/plan/plan.js'
import { planExpression } from '../../src/core/plan/planner.js'
import type { Change, Claim, ClaimedTask, Store, StoreRules, Submission } from '../../src/core/store.js'
import { type ManualClock, createManualClock } from '../manual-clock.js'

/** How a suite gets a store of its own: fresh for each test, closed when the test is over. */
export interface StoreFixture {
  readonly name: string
  /** False for a store that a restart empties. */
  readonly durable: boolean
  /** False for a store that keeps expressions in memory, and so has to bound their bytes. */
  readonly outOfMemory?: boolean
  /** True for a store that knows of each second that a process is there, and not only of its changes. */
  readonly signsOfLife?: boolean
  open (t: Test, setup: { clock: ManualClock, rules: StoreRules }): Promise<OpenedStore>
}

export interface OpenedStore {
  readonly store: Store
  /** Stops it in order and opens it again, after whatever happens meanwhile; the old one must not be used any more. */
  restart (meanwhile?: () => void): Promise<Store>
  /** The same with a process that is killed. */
  crash (meanwhile?: () => void): Promise<Store>
  /** Lets go of everything, after the test. */
  close (): Promise<void>
}

export const RULES: StoreRules = {
  leaseMs: 10_000,
  attempts: 2,
  timeoutMs: null,
  retain: 1_000,
  retainBytes: 1e9,
  openExpressions: 1_000,
  openOperations: 1_000_000,
  openBytes: 1e9
}

/** How often a property is tried; LONGHAND_RUNS=10000 for a night. */
export const RUNS = Number(process.env['LONGHAND_RUNS'] ?? 300)

/** A plan of `source`; each operation takes `timeMs`. */
export function submissionOf (source: string, timeMs = 100, extra: Partial<Submission> = {}): Submission {
  const times = new Map([...OPERATIONS.keys()].map(symbol => [symbol, timeMs]))
  return { kind: 'expression', source, plan: planExpression(source, { times, limits: DEFAULT_LIMITS }), ...extra }
}

/** A named task of this length, in ms. */
export function taskOf (name: string, durationMs: number): Submission {
  const operation = { symbol: 'task', left: durationMs, right: 0, timeMs: durationMs }
  return { kind: 'io-task', source: name, plan: createPlan([operation], { of: 0 }) }
}

/** A claim of an agent that can do everything. */
export function claimBy (agent: string | null = 'tester', max = 1): Claim {
  return { agent, symbols: [...OPERATIONS.keys()], max }
}

export function answer ({ symbol, left, right }: ClaimedTask): number {
  return OPERATIONS.get(symbol)!.compute(left, right)
}

/** Claims and settles until there is nothing to do; answers the tasks in the order of their claims. */
export async function workOff (store: Store): Promise<ClaimedTask[]> {
  const done: ClaimedTask[] = []
  for (;;) {
    const tasks = await store.claim(claimBy())
    if (tasks.length === 0) return done
    for (const task of tasks) {
      done.push(task)
      await store.report([{ task: task.id, lease: task.lease, result: answer(task) }])
    }
  }
}

/** A store for a test, with its clock and what its watchers were told. */
export interface Bundle extends OpenedStore {
  readonly clock: ManualClock
  readonly changes: Change[]
}

/** How tests of a store are written: each with a store of its own. */
export function suiteOf (
  fixture: StoreFixture, rules = RULES
): (name: string, run: (t: Test, bundle: Bundle) => Promise<void>) => void {
  return (name, run) => {
    test(`${fixture.name}: ${name}`, async t => {
      const clock = createManualClock()
      const opened = await fixture.open(t, { clock, rules })
      const changes: Change[] = []
      opened.store.watch(change => { changes.push(change) })
      try {
        await run(t, { ...opened, clock, changes })
      } finally {
        await opened.close()
      }
    })
  }
}

export async function claimOne (store: Store): Promise<ClaimedTask> {
  const [task] = await store.claim(claimBy())
  if (task === undefined) throw new Error('There was nothing to claim')
  return task
}

/** The contract of `Store`, for any store: every implementation runs exactly these tests. */
export function conformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('ids count up from 1, for expressions and for tasks', async (t, { store }) => {
    t.equal((await store.submit(submissionOf('1+2+3'))).id, 1)
    t.equal((await store.submit(submissionOf('42'))).id, 2)
    t.equal((await store.submit(submissionOf('4*5'))).id, 3)
    t.same((await workOff(store)).map(({ id }) => id).sort(), [1, 2, 3])
  })

  suite('a submitted expression is pending, then in progress, then completed', async (t, { store, clock }) => {
    const { id } = await store.submit(submissionOf('2+2*2'))
    const operations = { total: 2, completed: 0 }
    t.match(await store.find(id), { status: 'pending', result: null, startedAt: null, operations })
    const first = await claimOne(store)
    t.match(await store.find(id), { status: 'in_progress', startedAt: clock.now() })
    await store.report([{ task: first.id, lease: first.lease, result: 4 }])
    t.match(await store.find(id), { status: 'in_progress', result: null, operations: { completed: 1 } })
    await workOff(store)
    t.match(await store.find(id), { status: 'completed', result: 6, error: null, finishedAt: clock.now() })
  })

  suite('an expression without operations is completed at once, 0 and -5 included', async (t, { store }) => {
    for (const [source, result] of [['42', 42], ['0', 0], ['-5', -5]] as const) {
      t.match(await store.submit(submissionOf(source)), { status: 'completed', result })
    }
    t.same(await store.claim(claimBy()), [])
  })

  suite('a task carries its operands, its times and a lease', async (t, { store }) => {
    await store.submit(submissionOf('6*7', 250))
    t.match(await claimOne(store), {
      id: 1, expression: 1, symbol: '*', left: 6, right: 7, timeMs: 250, attempt: 1, leaseMs: 10_250, lease: /./
    })
  })

  suite('an operation is handed out only when both operands are known, and only once', async (t, { store }) => {
    await store.submit(submissionOf('(1+2)*(3+4)'))
    const one = await claimOne(store)
    const other = await claimOne(store)
    t.same([one.symbol, other.symbol], ['+', '+'])
    t.same(await store.claim(claimBy()), [])
    await store.report([{ task: one.id, lease: one.lease, result: answer(one) }])
    t.same(await store.claim(claimBy()), [])
    await store.report([{ task: other.id, lease: other.lease, result: answer(other) }])
    t.match(await claimOne(store), { symbol: '*', left: 3, right: 7 })
  })

  suite('division by zero fails the expression before anybody is handed it', async (t, { store }) => {
    const plain = await store.submit(submissionOf('1/0'))
    t.match(plain, { status: 'failed', result: null, error: { code: 'division_by_zero' } })
    const { id } = await store.submit(submissionOf('1/(1-1)'))
    await workOff(store)
    t.match(await store.find(id), { status: 'failed', error: { code: 'division_by_zero' } })
  })

  suite('what leaves the range of a double fails the expression', async (t, { store }) => {
    t.match(await store.submit(submissionOf('1e308*10')), { status: 'failed', error: { code: 'result_out_of_range' } })
  })

  suite('a failed expression hands nothing out any more', async (t, { store }) => {
    await store.submit(submissionOf('(1/(1-1))+(2*3)+(4*5)'))
    const difference = (await store.claim({ agent: null, symbols: ['-'], max: 1 }))[0]!
    await store.report([{ task: difference.id, lease: null, result: 0 }])
    t.same(await store.claim(claimBy()), [])
  })

  suite('a negative zero is kept as zero', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('0*3'))
    const task = await claimOne(store)
    await store.report([{ task: task.id, lease: null, result: -0 }])
    t.ok(Object.is((await store.find(id))!.result, 0))
  })

  suite('the first result wins, and a second changes nothing', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('6*7'))
    const task = await claimOne(store)
    const outcomes = await store.report([
      { task: task.id, lease: task.lease, result: 42 },
      { task: task.id, lease: task.lease, result: 999 }
    ])
    t.same(outcomes, ['accepted', 'ignored'])
    t.same(await store.report([{ task: task.id, lease: null, result: 7 }]), ['ignored'])
    t.equal((await store.find(id))!.result, 42)
  })

  suite('a result counts without a lease, and for a ready task that nobody claimed', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('6*7'))
    t.same(await store.report([{ task: 1, lease: null, result: 42 }]), ['accepted'])
    t.match(await store.find(id), { status: 'completed', result: 42 })
    t.same(await store.claim(claimBy()), [])
  })

  suite('a result for an unknown task, or one whose operands are unknown, is unknown', async (t, { store }) => {
    await store.submit(submissionOf('(1+2)*3'))
    const outcomes = await store.report([
      { task: 2, lease: null, result: 9 },
      { task: 3, lease: null, result: 9 },
      { task: 999_999, lease: null, result: 9 }
    ])
    t.same(outcomes, ['unknown', 'unknown', 'unknown'])
    t.match(await store.find(1), { status: 'pending', operations: { completed: 0 } })
  })

  suite('an error with the current lease is final unless it may be retried', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('6*7'))
    const task = await claimOne(store)
    const error = { code: 'operation_failed', message: 'the abacus broke', retryable: false }
    t.same(await store.report([{ task: task.id, lease: task.lease, error }]), ['accepted'])
    const broken = { code: 'operation_failed', message: 'the abacus broke' }
    t.match(await store.find(id), { status: 'failed', error: broken })
  })

  suite('an error that may be retried, or comes without a lease, only spends the attempt', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('6*7'))
    const first = await claimOne(store)
    const error = { code: 'operation_failed', message: 'out of beads', retryable: false }
    await store.report([{ task: first.id, lease: null, error }])
    t.match(await store.find(id), { status: 'in_progress' })
    const second = await claimOne(store)
    t.equal(second.attempt, 2)
    await store.report([{ task: second.id, lease: second.lease, error: { ...error, retryable: true } }])
    t.match(await store.find(id), { status: 'failed', error: { message: /out of beads/ } }, 'the attempts are spent')
  })

  suite('an error, a renewal or a release with a superseded lease is refused', async (t, { store, clock }) => {
    const { id } = await store.submit(submissionOf('6*7'))
    const first = await claimOne(store)
    clock.advance(first.leaseMs)
    await store.expire()
    const second = await claimOne(store)
    const stale = { task: first.id, lease: first.lease }
    const error = { code: 'operation_failed', message: 'late', retryable: false }
    t.same(await store.report([{ ...stale, error }]), ['superseded'])
    t.same(await store.renew([stale]), ['superseded'])
    t.same(await store.release([stale]), ['superseded'])
    t.match(await store.find(id), { status: 'in_progress' })
    t.same(await store.renew([{ task: second.id, lease: second.lease }]), ['accepted'])
  })

  suite('what comes with a lease of another store is unknown, and changes nothing', async (t, { store, changes }) => {
    let foreign = ''
    await t.test('another store', async t => {
      const other = await fixture.open(t, { clock: createManualClock(), rules: RULES })
      try {
        await other.store.submit(submissionOf('6*7'))
        foreign = (await claimOne(other.store)).lease
      } finally {
        await other.close()
      }
    })
    const { id } = await store.submit(submissionOf('2*2'))
    const [ready] = await store.claim(claimBy())
    const { lease } = ready!
    t.not(lease.split('~')[0], foreign.split('~')[0])
    changes.length = 0
    const error = { code: 'operation_failed', message: 'not here', retryable: false }
    t.same((await store.reportAndClaim([
      { task: 1, lease: foreign, result: 42 },
      { task: 1, lease: foreign, error },
      { task: 9, lease: foreign, result: 1 }
    ], claimBy())).outcomes, ['unknown', 'unknown', 'unknown'])
    const both = [{ task: 1, lease: foreign }, { task: 1, lease }]
    t.same(await store.renew(both), ['unknown', 'accepted'])
    t.same(await store.release([both[0]!]), ['unknown'])
    t.match(await store.findOperations(id), { tasks: [{ state: 'leased', lease, attempts: 1 }] })
    t.same(changes, [])
    t.same(await store.report([
      { task: 1, lease: foreign, result: 42 }, { task: 1, lease, result: 4 }, { task: 1, lease: foreign, result: 42 }
    ]), ['unknown', 'accepted', 'unknown'], 'each for itself')
    t.match(await store.find(id), { status: 'completed', result: 4 })
  })

  suite('a result counts with a superseded lease, and with one that names no store', async (t, { store, clock }) => {
    for (const source of ['6*7', '5*5']) await store.submit(submissionOf(source))
    const tasks = await store.claim(claimBy('slow', 2))
    clock.advance(20_000)
    await store.expire()
    t.equal((await store.claim(claimBy('other', 2))).length, 2)
    const results = [{ task: 1, lease: tasks[0]!.lease, result: 42 }, { task: 2, lease: 'mNf2sQ0yJw4x.1', result: 25 }]
    t.same(await store.report(results), ['accepted', 'accepted'])
    t.match(await store.list({}), [{ result: 42 }, { result: 25 }])
  })

  suite('a lease that ends makes the task ready again; the attempt stays spent', async (t, scene) => {
    const { store, clock, changes } = scene
    await store.submit(submissionOf('6*7', 100))
    const first = await claimOne(store)
    t.equal(await store.expire(), 10_100)
    clock.advance(10_099)
    t.equal(await store.expire(), 1)
    t.same(await store.claim(claimBy()), [])
    changes.length = 0
    clock.advance(1)
    t.equal(await store.expire(), null)
    t.same(changes, [{ type: 'ready', counts: new Map([['*', 1]]) }, {
      type: 'expired', leases: [{ task: 1, expression: 1, agent: 'tester', attempt: 1, isReadyAgain: true }]
    }])
    const second = await claimOne(store)
    t.equal(second.id, first.id)
    t.equal(second.attempt, 2)
    t.not(second.lease, first.lease)
  })

  suite('when the attempts are spent, a late result still counts for one more lease', async (t, { store, clock }) => {
    const late = await store.submit(submissionOf('6*7'))
    const never = await store.submit(submissionOf('5*5'))
    for (let attempt = 0; attempt < RULES.attempts; attempt++) {
      t.equal((await store.claim(claimBy('dying', 2))).length, 2)
      clock.advance(20_000)
      await store.expire()
    }
    t.same(await store.claim(claimBy()), [], 'there is no further attempt')
    t.match(await store.find(late.id), { status: 'in_progress' })
    t.same(await store.report([{ task: 1, lease: null, result: 42 }]), ['accepted'])
    clock.advance(20_000)
    t.equal(await store.expire(), null)
    t.match(await store.find(late.id), { status: 'completed', result: 42 })
    t.match(await store.find(never.id), { status: 'failed', error: { code: 'attempts_exhausted', message: /after 2 attempts/ } })
  })

  suite('a renewal prolongs the lease to its full length', async (t, { store, clock }) => {
    await store.submit(submissionOf('6*7', 0))
    const task = await claimOne(store)
    clock.advance(9_000)
    t.same(await store.renew([{ task: task.id, lease: task.lease }]), ['accepted'])
    t.equal(await store.expire(), 10_000)
  })

  suite('a check tells which leases count, and prolongs none', async (t, { store, clock }) => {
    const first = await store.submit(submissionOf('6*7', 0))
    await store.submit(submissionOf('8*9', 0))
    const [one, other] = [await claimOne(store), await claimOne(store)]
    const leases = [one, other].map(({ id, lease }) => ({ task: id, lease }))
    const stale = [{ task: other.id, lease: one.lease }, { task: 99, lease: other.lease }]
    clock.advance(9_000)
    await store.cancel(first.id)
    t.same(await store.check([...leases, ...stale]), ['ignored', 'accepted', 'superseded', 'unknown'])
    t.equal(await store.expire(), 1_000)
    t.same(await store.check([]), [])
  })

  suite('a release gives the task and the attempt back', async (t, { store }) => {
    await store.submit(submissionOf('6*7'))
    const task = await claimOne(store)
    t.same(await store.release([{ task: task.id, lease: task.lease }]), ['accepted'])
    t.equal(await store.expire(), null)
    const again = await claimOne(store)
    t.match(again, { id: task.id, attempt: 1 })
    t.not(again.lease, task.lease)
  })

  suite('a wall clock that jumps neither ends nor prolongs a lease', async (t, { store, clock }) => {
    await store.submit(submissionOf('6*7', 0))
    await claimOne(store)
    clock.jump(3_600_000)
    t.equal(await store.expire(), 10_000)
    clock.jump(-7_200_000)
    clock.advance(10_000)
    t.equal(await store.expire(), null)
    t.equal((await store.claim(claimBy())).length, 1)
  })

  suite('the longest remaining path goes first inside an expression', async (t, { store }) => {
    await store.submit(submissionOf('1+2 + 3*4*5*6*7'))
    const { left, right } = await claimOne(store)
    t.same([left, right], [3, 4], 'the product is longer')
  })

  suite('expressions take turns, and a batch takes as many turns as it has tasks', async (t, { store }) => {
    const wide = '(1+2)*(3+4)*(5+6)*(7+8)'
    for (let count = 0; count < 3; count++) await store.submit(submissionOf(wide))
    t.same((await store.claim(claimBy('batch', 4))).map(({ expression }) => expression), [1, 2, 3, 1])
    await store.submit(submissionOf('9+9'))
    t.same((await store.claim(claimBy('batch', 5))).map(({ expression }) => expression), [2, 3, 1, 4, 2])
  })

  suite('work that an agent cannot do does not stand in its way', async (t, { store }) => {
    await store.submit(submissionOf('1*2'))
    await store.submit(submissionOf('3*4+(5-6)'))
    await store.submit(submissionOf('7+8'))
    const adder = { agent: 'adder', symbols: ['+', '-'], max: 5 }
    t.same((await store.claim(adder)).map(({ symbol, left }) => [symbol, left]), [['-', 5], ['+', 7]])
    t.same((await store.claim(claimBy('any', 5))).map(({ expression }) => expression), [1, 2])
  })

  suite('in a batch the operation times of one slot add up to the leases', async (t, { store }) => {
    await store.submit(submissionOf('(1+2)*(3+4)*(5+6)', 1_000))
    t.same((await store.claim(claimBy('slot', 3))).map(({ leaseMs }) => leaseMs), [11_000, 12_000, 13_000])
  })

  suite('settling can claim in the same step', async (t, { store }) => {
    await store.submit(submissionOf('1+2+3'))
    const first = await claimOne(store)
    const report = { task: first.id, lease: first.lease, result: 3 }
    const { outcomes, claimed } = await store.reportAndClaim([report], claimBy())
    t.same(outcomes, ['accepted'])
    t.match(claimed, [{ left: 3, right: 3, symbol: '+' }])
  })

  suite('a cancelled expression is over: no claims, and results are ignored', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('(1+2)*(3+4)'))
    const task = await claimOne(store)
    t.equal(await store.cancel(id), 'accepted')
    t.match(await store.find(id), { status: 'cancelled', result: null })
    t.same(await store.claim(claimBy()), [])
    t.same(await store.report([{ task: task.id, lease: task.lease, result: 3 }]), ['ignored'])
    t.same(await store.renew([{ task: task.id, lease: task.lease }]), ['ignored'])
    t.equal(await store.expire(), null)
    t.equal(await store.cancel(id), 'ignored')
    t.equal(await store.cancel(99), 'unknown')
  })

  suite('every sign of life updates an expression', async (t, { store, clock }) => {
    const { id, createdAt, updatedAt } = await store.submit(submissionOf('1*2+3*4', 100))
    t.equal(updatedAt, createdAt)
    const updated = async (what: string, act: () => Promise<unknown>, does = true): Promise<void> => {
      const before = (await store.find(id))!.updatedAt
      clock.advance(50)
      await act()
      t.equal((await store.find(id))!.updatedAt, does ? clock.now() : before, what)
    }
    let task = await claimOne(store)
    const claimAgain = async (): Promise<void> => { task = await claimOne(store) }
    const lease = () => [{ task: task.id, lease: task.lease }]
    const error = { code: 'operation_failed', message: 'out of beads', retryable: true }
    t.equal((await store.find(id))!.updatedAt, clock.now(), 'claim')
    await updated('nothing', async () => {}, false)
    await updated('heartbeat', () => store.renew(lease()))
    await updated('heartbeat with a lease that never was', () => store.renew([{ task: task.id, lease: 'x' }]), false)
    await updated('release', () => store.release(lease()))
    await updated('release again', () => store.release(lease()), false)
    await updated('claim of what was released', claimAgain)
    await updated('error', () => store.report([{ task: task.id, lease: task.lease, error }]))
    await updated('claim after the error', claimAgain)
    await updated('an end of a lease that leaves no attempt', async () => {
      clock.advance(20_000)
      await store.expire()
    })
    await updated('late result', () => store.report([{ task: task.id, lease: null, result: 2 }]))
    await updated('the same result again', () => store.report([{ task: task.id, lease: null, result: 2 }]), false)
    await updated('claim of the other product', claimAgain)
    await updated('an end of a lease', async () => {
      clock.advance(20_000)
      await store.expire()
    })
    await updated('a result that nobody has claimed', () => store.report([{ task: task.id, lease: null, result: 12 }]))
    await updated('end', () => store.cancel(id))
    await updated('heartbeat after the end', () => store.renew(lease()), false)
    await updated('a result after the end', () => store.report([{ task: 3, lease: null, result: 14 }]), false)
  })

  suite('the first time that a result is fetched is remembered', async (t, { store, clock }) => {
    const { id } = await store.submit(submissionOf('1+2'))
    t.equal(await store.retrieve(id), 'ignored', 'there is nothing to fetch yet')
    await workOff(store)
    t.match(await store.find(id), { status: 'completed', retrievedAt: null })
    clock.advance(5)
    const fetchedAt = clock.now()
    t.equal(await store.retrieve(id), 'accepted')
    clock.advance(5)
    t.equal(await store.retrieve(id), 'ignored')
    t.match(await store.find(id), {
      status: 'completed', result: 3, retrievedAt: fetchedAt, updatedAt: fetchedAt - 5, finishedAt: fetchedAt - 5
    })
    const failed = await store.submit(submissionOf('1/0'))
    const cancelled = await store.submit(submissionOf('1+1'))
    await store.cancel(cancelled.id)
    for (const { id } of [failed, cancelled]) {
      t.equal(await store.retrieve(id), 'ignored')
      t.equal((await store.find(id))!.retrievedAt, null)
    }
    t.equal(await store.retrieve(99), 'unknown')
    const number = await store.submit(submissionOf('42'))
    t.match(number, { updatedAt: number.createdAt, retrievedAt: null })
    t.equal(await store.retrieve(number.id), 'accepted')
  })

  suite('a task that is no calculation is handed out to who can do it, with its duration', async (t, { store }) => {
    const { id } = await store.submit(taskOf('Report', 1_500))
    t.same(await store.claim({ agent: null, symbols: BASIC_SYMBOLS, max: 5 }), [])
    t.match(await claimOne(store), {
      symbol: 'task',
      left: 1_500,
      right: 0,
      timeMs: 1_500,
      leaseMs: 1_500 + RULES.leaseMs,
      work: { kind: 'io-task', name: 'Report' }
    })
    await store.submit(submissionOf('1+2'))
    t.notOk('work' in await claimOne(store), 'a calculation is told nothing besides')
    await store.report([{ task: 1, lease: null, result: 1_502 }])
    t.match(await store.find(id), { kind: 'io-task', source: 'Report', status: 'completed', result: 1_502 })
    t.same((await store.list({ kind: 'io-task' })).map(({ id }) => id), [id])
    t.same((await store.list({ kind: 'expression' })).map(({ id }) => id), [2])
  })

  suite('an idempotency key answers the first submit, and refuses another body', async (t, { store }) => {
    const idempotency = { key: 'k1', fingerprint: 'a' }
    const first = await store.submit(submissionOf('1+2', 100, { idempotency }))
    t.equal((await store.submit(submissionOf('1+2', 100, { idempotency }))).id, first.id)
    t.strictSame(await store.findByKey(idempotency), await store.find(first.id))
    t.equal(await store.findByKey({ key: 'k2', fingerprint: 'a' }), null)
    await t.rejects(store.findByKey({ key: 'k1', fingerprint: 'b' }), { code: 'idempotency_conflict' })
    await t.rejects(store.submit(submissionOf('1+3', 100, { idempotency: { ...idempotency, fingerprint: 'b' } })),
      { code: 'idempotency_conflict' })
    t.equal((await store.list({})).length, 1)
  })

  suite('the list is in order of submission, and can be cut', async (t, { store }) => {
    for (const source of ['1', '2+2', '3', '4+4', '5']) await store.submit(submissionOf(source))
    const ids = async (query: Parameters<Store['list']>[0]): Promise<number[]> =>
      (await store.list(query)).map(({ id }) => id)
    t.same(await ids({}), [1, 2, 3, 4, 5])
    t.same(await ids({ after: 2 }), [3, 4, 5])
    t.same(await ids({ after: 1, limit: 2 }), [2, 3])
    t.same(await ids({ status: 'pending' }), [2, 4])
    t.same(await ids({ kind: 'other' }), [])
    t.same(await ids({ after: 99 }), [])
  })

  suite('the operations of an expression show how each task stands', async (t, { store }) => {
    await store.submit(submissionOf('1'))
    await store.submit(submissionOf('(1+2)*3'))
    await claimOne(store)
    t.match(await store.findOperations(2), {
      firstTask: 1,
      expression: { id: 2, status: 'in_progress' },
      operations: [{ symbol: '+', left: 1, right: 2, pathMs: 200 }, { symbol: '*', left: { of: 0 }, right: 3 }],
      tasks: [{ state: 'leased', agent: 'tester', attempts: 1 }, { state: 'waiting' }]
    })
    t.equal(await store.findOperations(3), null)
    t.equal(await store.find(3), null)
  })

  suite('watchers hear of ready work and of ends', async (t, { store, changes }) => {
    await store.submit(submissionOf('(1+2)*(3-4)'))
    t.same(changes, [{ type: 'ready', counts: new Map([['+', 1], ['-', 1]]) }])
    await workOff(store)
    t.match(changes.at(-1), { type: 'final', id: 1, ended: { status: 'completed' } })
  })

  suiteOf(fixture, { ...RULES, retain: 2 })('finished expressions beyond the limit are let go, the first first', async (
    t, { store }
  ) => {
    const idempotency = { key: 'k1', fingerprint: 'a' }
    const ids = async (): Promise<number[]> => (await store.list({})).map(({ id }) => id)
    await store.submit(submissionOf('1+2'))
    await store.submit(submissionOf('2', 100, { idempotency }))
    await store.submit(submissionOf('3'))
    await workOff(store)
    t.same(await ids(), [1, 3], 'the one that finished first, not the one that came first')
    await store.submit(submissionOf('4+4'))
    await store.submit(submissionOf('5+5'))
    t.same(await ids(), [1, 3, 4, 5], 'unfinished ones do not count')
    await store.cancel(5)
    t.same(await ids(), [1, 4, 5])
    t.equal(await store.find(3), null)
    t.equal(await store.findOperations(3), null)
    t.equal(await store.cancel(3), 'unknown')
    t.equal((await store.submit(submissionOf('2', 100, { idempotency }))).id, 6, 'a key goes with its expression')
    t.same(await ids(), [4, 5, 6])
    t.same(await store.report([{ task: 1, lease: null, result: 3 }]), ['unknown'])
  })

  const narrow = { ...RULES, openExpressions: 3, openOperations: 5 }
  suiteOf(fixture, narrow)('what is too much is refused, until something is finished', async (t, { store }) => {
    const full = { code: 'queue_full' }
    const idempotency = { key: 'k1', fingerprint: 'a' }
    const large = await store.submit(submissionOf('1+2+3+4+5+6+7+8'))
    t.equal(large.id, 1, 'one that is alone may be as large as it likes')
    await t.rejects(store.submit(submissionOf('1+2')), full)
    await store.cancel(1)
    await store.submit(submissionOf('1+2+3', 100, { idempotency }))
    await t.rejects(store.submit(submissionOf('1+2+3+4+5')), full, 'too many operations')
    await store.submit(submissionOf('1+2'))
    await store.submit(submissionOf('1+2'))
    await t.rejects(store.submit(submissionOf('1+2')), full, 'too many expressions')
    t.equal((await store.submit(submissionOf('1+2+3', 100, { idempotency }))).id, 2, 'what is known is no more')
    t.same(await store.load(), { openExpressions: 3, openOperations: 4 })
    await store.report([{ task: 10, lease: null, result: 3 }])
    t.equal((await store.submit(submissionOf('3+4'))).id, 5, 'a refusal takes no id')
  })

  if (fixture.outOfMemory !== true) boundsBytes(fixture)
  if (!fixture.durable) return

  suite('a restart keeps expressions, results, ids and failures', async (t, { store, restart }) => {
    await store.submit(submissionOf('1+2'))
    await store.submit(submissionOf('1/0'))
    await workOff(store)
    await store.submit(submissionOf('(1+2)*3'))
    const before = await store.list({})
    const again = await restart()
    t.same(await again.list({}), before)
    await workOff(again)
    t.match(await again.find(3), { status: 'completed', result: 9 })
    t.equal((await again.submit(submissionOf('4'))).id, 4)
  })

  suite('a lease survives a restart in full, and its holder settles as if nothing had happened', async (t, bundle) => {
    await bundle.store.submit(submissionOf('6*7', 0))
    const [task] = await bundle.store.claim(claimBy('survivor'))
    bundle.clock.advance(9_000)
    const again = await bundle.restart()
    t.same(await again.claim(claimBy()), [])
    t.equal(await again.expire(), 10_000)
    t.match((await again.findOperations(1))!.tasks[0], { agent: 'survivor', attempts: 1, lease: task!.lease })
    t.same(await again.report([{ task: task!.id, lease: task!.lease, result: 42 }]), ['accepted'])
    t.match(await again.find(1), { status: 'completed', result: 42 })
  })

  suite('an idempotency key survives a restart', async (t, { store, restart }) => {
    const idempotency = { key: 'k1', fingerprint: 'a' }
    const { id } = await store.submit(submissionOf('1+2', 100, { idempotency }))
    const again = await restart()
    t.equal((await again.submit(submissionOf('1+2', 100, { idempotency }))).id, id)
  })

  suite('a restart and a crash keep that a result was fetched, and every change', async (t, scene) => {
    const { store, clock, crash, restart } = scene
    const [fetched, worked] = [await store.submit(submissionOf('1+2')), await store.submit(submissionOf('3+4+5'))]
    const task = (await store.claim(claimBy('a', 2)))[0]!
    clock.advance(5)
    await store.report([{ task: task.id, lease: null, result: 3 }, { task: 2, lease: null, result: 7 }])
    const changedAt = clock.now()
    clock.advance(5)
    await store.retrieve(fetched.id)
    const retrievedAt = clock.now()
    let next = store
    for (const begin of [crash, restart, crash]) {
      next = await begin(() => clock.advance(1_000))
      t.match(await next.find(fetched.id), { retrievedAt, updatedAt: changedAt })
      t.match(await next.find(worked.id), { retrievedAt: null, updatedAt: changedAt })
      t.equal(await next.retrieve(fetched.id), 'ignored')
    }
    t.equal(worked.id, 2)
  })

  suite('what is at work when a process ends was updated at its claim or later', async (t, { store, clock, crash }) => {
    const { id } = await store.submit(submissionOf('1+2'))
    const { task, lease } = await claimOne(store).then(({ id, lease }) => ({ task: id, lease }))
    const claimedAt = clock.now()
    clock.advance(5_000)
    await store.renew([{ task, lease }])
    const again = await crash(() => clock.advance(1_000))
    const { updatedAt } = (await again.find(id))!
    t.ok(updatedAt >= claimedAt && updatedAt <= clock.now(), `${updatedAt}`)
    t.same(await again.renew([{ task, lease }]), ['accepted'])
    t.equal((await again.find(id))!.updatedAt, clock.now())
  })
}

/** A number, and blanks up to this length. */
function paddedOf (number: number, length: number): Submission {
  return submissionOf(`${number}`.padEnd(length))
}

function boundsBytes (fixture: StoreFixture): void {
  const retaining = suiteOf(fixture, { ...RULES, retainBytes: 100_000 })
  retaining('what takes too much is let go once it is finished, the first first', async (t, { store, restart }) => {
    const ids = async (of: Store): Promise<number[]> => (await of.list({})).map(({ id }) => id)
    for (let number = 1; number <= 4; number++) await store.submit(paddedOf(number, 30_000))
    t.same(await ids(store), [2, 3, 4])
    await store.submit(submissionOf('5+6'))
    t.same(await ids(store), [2, 3, 4, 5], 'unfinished ones do not count')
    await workOff(store)
    await store.submit(paddedOf(6, 30_000))
    t.same(await ids(store), [3, 4, 5, 6])
    await store.submit(paddedOf(7, 200_000))
    t.same(await ids(store), [7], 'one is kept, however large, or nobody could ever fetch it')
    await store.submit(submissionOf('8'))
    t.same(await ids(store), [8])
    const terms = Array.from({ length: 150 }, (_, index) => index).join('+')
    const wide = await store.submit(submissionOf(terms))
    await workOff(store)
    await store.submit(paddedOf(10, 30_000))
    t.same(await ids(store), [wide.id + 1], 'operations cost memory as well')
    if (fixture.durable) t.same(await ids(await restart()), [wide.id + 1])
  })

  const narrow = suiteOf(fixture, { ...RULES, openBytes: 100_000 })
  narrow('what takes too much is refused until something is finished', async (t, { store }) => {
    const full = { code: 'queue_full' }
    const open = (length: number): Submission => submissionOf('1+2'.padEnd(length))
    t.equal((await store.submit(open(150_000))).id, 1, 'one that is alone may be as large as it likes')
    await t.rejects(store.submit(open(10)), full)
    await store.cancel(1)
    await store.submit(open(60_000))
    await t.rejects(store.submit(open(60_000)), full)
    await store.submit(open(30_000))
    await t.rejects(store.submit(open(10_000)), full)
    await workOff(store)
    t.equal((await store.submit(open(60_000))).id, 4, 'a refusal takes no id')
  })
}
