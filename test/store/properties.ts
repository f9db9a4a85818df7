import type { ListedExpression } from '../../src/core/expression.js'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { test } from 'tap'
import { isDomainError } from '../../src/core/errors.js'
import { BASIC_SYMBOLS, OPERATIONS } from '../../src/core/operations.js'
import type { Operand } from '../../src/core/plan/plan.js'
import type {
  Claim, ClaimedTask, LeaseRef, ListQuery, Report, Reported, Store, StoreRules, Submission
} from '../../src/core/store.js'
import { type ManualClock, createManualClock } from '../manual-clock.js'
import { RULES, type StoreFixture, RUNS, submissionOf } from './conformance.js'
import { type Model, type ModelExpression, type World, copyWorld, createModel } from './model.js'

/** Rules so tight that each of them decides something every now and then. */
export const TIGHT: StoreRules = {
  ...RULES, leaseMs: 1_000, attempts: 2, timeoutMs: 9_000, retain: 4, openExpressions: 6, openOperations: 14
}

/** What a random test does with a store; what is picked is picked among what is there by then. */
export type Step =
  | Submit
  | { readonly do: 'claim', readonly claim: Claim }
  | { readonly do: 'settle', readonly reports: readonly Answer[], readonly next: Claim | null }
  | { readonly do: 'renew' | 'release', readonly leases: ReadonlyArray<Pick> }
  | { readonly do: 'expire' }
  | { readonly do: 'cancel' | 'retrieve', readonly pick: number }
  | { readonly do: 'list', readonly query: ListQuery }
  | { readonly do: 'advance' | 'jump', readonly ms: number }
  /** All in the same turn of the event loop. */
  | { readonly do: 'together', readonly steps: readonly Step[] }
  /** Stops in order and starts again. */
  | { readonly do: 'restart' }
  | Crash
  /** The disk refuses something during the step `during`. */
  | { readonly do: 'fault', readonly during: Step, readonly written: number }

interface Submit {
  readonly do: 'submit'
  readonly source: string
  readonly timeMs: number
  readonly key: number | null
  readonly body: number
}

/** The process is killed, or the power goes away, so many steps of the disk into the step `during`. */
interface Crash {
  readonly do: 'crash'
  readonly how: 'kill' | 'power'
  readonly during: Step
  readonly after: number
  /** Of the bytes of the write that is under way then. */
  readonly share: number
  readonly seed: number
}

/** A step with everything picked: what the store is asked, and the model. */
type Verb =
  | { readonly do: 'submit', readonly submission: Submission }
  | { readonly do: 'claim', readonly claim: Claim }
  | { readonly do: 'settle', readonly reports: readonly Report[], readonly next: Claim | null }
  | { readonly do: 'renew' | 'release', readonly leases: readonly LeaseRef[] }
  | { readonly do: 'expire' }
  | { readonly do: 'cancel' | 'retrieve', readonly id: number }
  | { readonly do: 'list', readonly query: ListQuery }
  | { readonly do: 'together', readonly verbs: readonly Verb[] }

interface Pick {
  readonly task: number
  readonly lease: 'right' | 'stale' | 'none'
}

interface Answer extends Pick {
  readonly how: 'right' | 'zero' | 'huge' | 'final' | 'retryable'
}

/** A store under test, and what can be done to its process. */
export interface Subject {
  readonly store: Store
  /** Absent for a store that a restart empties. */
  readonly process?: {
    restart (): Promise<Store>
    /** The process dies after so many further steps of the disk; fulfilled then. */
    die (steps: number, share: number): Promise<void>
    /** The next process, with what is left after the death of this one, which is now. */
    crash (how: 'kill' | 'power', seed: number): Promise<Store>
    /** Writes fail from now on, after so many bytes; the answer ends that. */
    fail (written: number): () => void
    /** Fulfilled when the store serves again. */
    repaired (): Promise<void>
  }
}

/** Enough for everything that a store decides. */
const SYMBOLS = [...BASIC_SYMBOLS]

const sources: fc.Arbitrary<string> = fc.letrec<{ source: string }>(tie => ({
  source: fc.oneof({ maxDepth: 3 },
    fc.constantFrom('0', '1', '2', '3', '7', '1e308'),
    {
      weight: 3,
      arbitrary: fc.tuple(tie('source'), fc.constantFrom(...SYMBOLS), tie('source'))
        .map(([one, symbol, other]) => `(${one}${symbol}${other})`)
    })
})).source

const claims: fc.Arbitrary<Claim> = fc.record({
  agent: fc.constantFrom('one', 'other', null),
  local: fc.boolean(),
  symbols: fc.oneof({ weight: 3, arbitrary: fc.constant(SYMBOLS) }, fc.subarray(SYMBOLS)),
  max: fc.integer({ min: 1, max: 4 })
})

const picks = {
  task: fc.nat(1_000),
  lease: fc.constantFrom<Pick['lease']>('right', 'right', 'right', 'stale', 'none')
}

const answers: fc.Arbitrary<Answer> = fc.record({
  ...picks,
  how: fc.constantFrom<Answer['how']>('right', 'right', 'right', 'right', 'zero', 'huge', 'final', 'retryable')
})

const does = <Verb extends string>(...verbs: Verb[]): fc.Arbitrary<Verb> => fc.constantFrom(...verbs)

const verbs: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: does('submit'),
      source: sources,
      timeMs: fc.constantFrom(0, 100, 700),
      key: fc.option(fc.nat(3), { freq: 2 }),
      body: fc.integer({ min: 0, max: 9 }).map(body => body === 9 ? 1 : 0)
    })
  },
  { weight: 7, arbitrary: fc.record({ do: does('claim'), claim: claims }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: does('settle'), reports: fc.array(answers, { maxLength: 3 }), next: fc.option(claims, { freq: 2 })
    })
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: does('renew', 'release'), leases: fc.array(fc.record(picks), { maxLength: 2 }) })
  },
  { weight: 4, arbitrary: fc.record({ do: does('expire') }) },
  { weight: 2, arbitrary: fc.record({ do: does('cancel', 'retrieve'), pick: fc.nat(1_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: does('list'),
      query: fc.record({
        after: fc.nat(8), limit: fc.nat(4), status: does('pending', 'in_progress', 'completed', 'failed', 'cancelled')
      }, { requiredKeys: [] })
    })
  }
)

const instants: fc.Arbitrary<Step> = fc.oneof(
  verbs, fc.record({ do: does('together'), steps: fc.array(verbs, { minLength: 2, maxLength: 4 }) }))

const times: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: does('advance'), ms: fc.constantFrom(1, 300, 1_000, 1_100, 1_700, 5_000) }) },
  { weight: 1, arbitrary: fc.record({ do: does('jump'), ms: fc.constantFrom(-3_600_000, -7_000, 4_000, 3_600_000) }) }
)

/** Random sequences for one process life. */
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 5, arbitrary: instants }, { weight: 1, arbitrary: times }), { maxLength: 60, size: 'max' })

/** The same with restarts, crashes and failing disks in between. */
export const stepsOfDurable: fc.Arbitrary<Step[]> = fc.array(fc.oneof(
  { weight: 15, arbitrary: instants },
  { weight: 3, arbitrary: times },
  { weight: 1, arbitrary: fc.record({ do: does('restart') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: does('crash'),
      how: does('kill', 'power'),
      during: instants,
      after: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(1, 2) }, fc.integer({ min: 1, max: 12 })),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: fc.integer()
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: does('fault'), during: instants, written: fc.constantFrom(0, 10, 1_000_000) })
  }
), { maxLength: 60, size: 'max' })

/** What a step was answered, or that it was not. */
type Answered = { readonly is: unknown } | null

/**
 * Does the steps with a store and with the model, and compares each answer, and all that can be
 * seen after each step. Throws at the first difference.
 *
 * @param count is told of everything that happened, so that a test can tell whether enough did
 */
export async function agrees (
  subject: Subject, clock: ManualClock, rules: StoreRules, list: readonly Step[], count: (what: string) => void
): Promise<void> {
  const model = createModel(clock, rules)
  let store = subject.store
  /** What a power loss may leave: the last change that must not be lost, and each hand-out since. */
  let kept: World[] = [copyWorld(model.world)]
  /** Every lease that each task ever had. */
  const leases = new Map<number, string[]>()

  for (const [place, step] of list.entries()) {
    try {
      await take(step)
      const seen = await look(store)
      same(seen, picture(model), 'what can be seen')
    } catch (error) {
      throw new Error(`step ${place}, ${JSON.stringify(step)}: ${(error as Error).message}`, { cause: error })
    }
  }

  async function take (step: Step): Promise<void> {
    count(step.do)
    if (step.do === 'advance') clock.advance(step.ms)
    else if (step.do === 'jump') clock.jump(step.ms)
    else if (step.do === 'restart') await restart()
    else if (step.do === 'crash') await crash(step)
    else if (step.do === 'fault') await fault(step)
    else await follow(picked(step))
  }

  /** Asks the store, unless it has answered already, and lets the model do the same. */
  async function follow (verb: Verb, told: Answered = null): Promise<void> {
    const answered = told ?? { is: await call(store, verb) }
    const { promises, handOuts } = model.world
    const expected = expect(verb, answered)
    same(answered.is, expected, 'the answer')
    if (model.world.promises > promises) kept = []
    if (kept.length === 0 || model.world.handOuts > handOuts) kept.push(copyWorld(model.world))
  }

  async function restart (): Promise<void> {
    store = await subject.process!.restart()
    model.stop()
    model.start()
    kept = [copyWorld(model.world)]
  }

  async function crash ({ how, during, after, share, seed }: Crash): Promise<void> {
    const verb = picked(during)
    const died = subject.process!.die(after, share).then(() => null)
    const answered = await Promise.race([call(store, verb).then(is => ({ is })), died])
    if (answered !== null) await follow(verb, answered)
    const possible = how === 'kill' ? [copyWorld(model.world)] : kept
    if (answered === null) {
      count(`${how} during ${verb.do}`)
      expect(verb, null)
      possible.push(model.world)
    }
    store = await subject.process!.crash(how, seed)
    const seen = await look(store)
    const found = possible.findIndex(world => {
      model.world = copyWorld(world)
      model.start()
      adopt(model.world, seen)
      return isDeepStrictEqual(picture(model), seen)
    })
    if (found === -1) {
      const pictures = possible.map(world => JSON.stringify(picture({ ...model, world })))
      throw new Error(`after the crash:\n  ${JSON.stringify(seen)}\nexpected one of\n  ${pictures.join('\n  ')}`)
    }
    if (possible.length > 1) count(`${how} left ${found === possible.length - 1 ? 'all' : 'less'}`)
    kept = [copyWorld(model.world)]
  }

  async function fault ({ during, written }: Step & { do: 'fault' }): Promise<void> {
    const before = copyWorld(model.world)
    const verb = picked(during)
    const mend = subject.process!.fail(written)
    const answered: Answered = await call(store, verb).then(is => ({ is }), error => {
      if (isDomainError(error) && error.code === 'storage_unavailable') return null
      throw error
    })
    mend()
    if (answered !== null) return await follow(verb, answered)
    count('refused')
    await subject.process!.repaired()
    model.world = before
    model.start('alive')
    kept = [copyWorld(model.world)]
  }

  /** A lease whose hand-out nobody was told of has the name that the store gave it. */
  function adopt (world: World, seen: Seen): void {
    for (const [place, { tasks }] of world.expressions.entries()) {
      for (const [index, task] of tasks.entries()) {
        if (task.lease === UNTOLD) task.lease = seen.expressions[place]?.tasks[index]?.lease ?? UNTOLD
      }
    }
  }

  function picked (step: Step): Verb {
    switch (step.do) {
      case 'submit': {
        const { source, timeMs, key, body } = step
        const idempotency = key === null ? {} : { idempotency: { key: `key ${key}`, fingerprint: `body ${body}` } }
        return { do: step.do, submission: submissionOf(source, timeMs, idempotency) }
      }
      case 'settle':
        return { ...step, reports: step.reports.map(reportOf) }
      case 'renew':
      case 'release':
        return { do: step.do, leases: step.leases.map(refOf) }
      case 'cancel':
      case 'retrieve':
        return { do: step.do, id: step.pick % (model.world.nextId + 1) }
      case 'together':
        return { do: step.do, verbs: step.steps.map(picked) }
      case 'claim':
      case 'expire':
      case 'list':
        return step
      default:
        throw new Error(`${step.do} is no verb`)
    }
  }

  function taskOf ({ task }: Pick): number {
    return task % (model.world.nextTask + 1)
  }

  function leaseOf (pick: Pick): string | null {
    if (pick.lease === 'none') return null
    const all = leases.get(taskOf(pick)) ?? []
    return (pick.lease === 'right' ? all.at(-1) : all[0]) ?? 'never given'
  }

  function refOf (pick: Pick): LeaseRef {
    return { task: taskOf(pick), lease: leaseOf(pick) ?? 'none' }
  }

  function reportOf (answer: Answer): Report {
    const task = taskOf(answer)
    const lease = leaseOf(answer)
    if (answer.how === 'final' || answer.how === 'retryable') {
      const error = { code: 'operation_failed', message: 'out of beads', retryable: answer.how === 'retryable' }
      return { task, lease, error }
    }
    const right = rightResult(model.world, task)
    return { task, lease, result: answer.how === 'right' ? right : answer.how === 'zero' ? -0 : 1.7e308 }
  }

  /** Asks the store; answers in the words of the model. */
  async function call (store: Store, verb: Verb): Promise<unknown> {
    switch (verb.do) {
      case 'submit':
        return store.submit(verb.submission).then(({ id }) => ({ id }), error => {
          if (isDomainError(error) && error.code !== 'storage_unavailable') return { refused: error.code }
          throw error
        })
      case 'claim':
        return store.claim(verb.claim)
      case 'settle':
        return verb.next === null
          ? { outcomes: await store.report(verb.reports), claimed: [] }
          : await store.reportAndClaim(verb.reports, verb.next)
      case 'renew':
      case 'release':
        return store[verb.do](verb.leases)
      case 'expire':
        return store.expire()
      case 'cancel':
      case 'retrieve':
        return store[verb.do](verb.id)
      case 'list':
        return (await store.list(verb.query)).map(({ id }) => id)
      case 'together':
        return Promise.all(verb.verbs.map(inner => call(store, inner)))
    }
  }

  /** What the answer must be; what the store alone decides is taken from its answer. */
  function expect (verb: Verb, answered: Answered): unknown {
    switch (verb.do) {
      case 'submit':
        return model.submit(verb.submission)
      case 'claim':
        return claimed(verb.claim, answered?.is as ClaimedTask[] | undefined)
      case 'settle': {
        const outcomes = verb.reports.map(model.settle)
        if (verb.next === null) return { outcomes, claimed: [] }
        return { outcomes, claimed: claimed(verb.next, (answered?.is as Reported | undefined)?.claimed) }
      }
      case 'renew':
      case 'release':
        return verb.leases.map(model[verb.do])
      case 'expire':
        return model.expire()
      case 'cancel':
      case 'retrieve':
        return model[verb.do](verb.id)
      case 'list':
        return model.list(verb.query).map(({ id }) => id)
      case 'together': {
        const all = answered?.is as unknown[] | undefined
        return verb.verbs.map((inner, place) => expect(inner, all === undefined ? null : { is: all[place] }))
      }
    }
  }

  /** The tasks that must be handed out, with the leases that the store has given them. */
  function claimed (claim: Claim, given: readonly ClaimedTask[] | undefined): unknown[] {
    const tasks = model.claim(claim, place => given?.[place]?.lease ?? UNTOLD)
    if (given === undefined) return []
    return tasks.map((task, place) => {
      const lease = given[place]?.lease ?? UNTOLD
      if ([...leases.values()].some(all => all.includes(lease))) throw new Error(`the lease ${lease} was given before`)
      leases.set(task.id, [...leases.get(task.id) ?? [], lease])
      count('claimed')
      return { ...task, lease }
    })
  }
}

/** The lease of a task that was handed out, but the process died before it could tell. */
const UNTOLD = 'untold'

/** The result that the operation has with its present operands; 7 where they are not known. */
function rightResult (world: World, id: number): number {
  for (const { firstTask, plan, tasks } of world.expressions) {
    const operation = plan.operations.at(id - firstTask)
    if (operation === undefined) continue
    const value = (operand: typeof operation.left): number =>
      typeof operand === 'number' ? operand : tasks[operand.of]!.value ?? 7
    const result = OPERATIONS.get(operation.symbol)!.compute(value(operation.left), value(operation.right))
    return Number.isFinite(result) ? result : 7
  }
  return 7
}

interface Seen {
  readonly load: unknown
  readonly expressions: ReadonlyArray<{ readonly tasks: ReadonlyArray<{ readonly lease: string | null }> }>
}

function entryOf ({ id, kind, status, result, createdAt }: ListedExpression): ListedExpression {
  return { id, kind, status, result, createdAt }
}

/** All that a store shows. */
async function look (store: Store): Promise<Seen> {
  const list = await store.list({})
  const expressions = await Promise.all(list.map(async listed => {
    const shown = (await store.find(listed.id))!
    const { expression, firstTask, tasks } = (await store.findOperations(listed.id))!
    same(expression, shown, `the operations of ${listed.id}`)
    same(entryOf(listed), entryOf(shown), `the entry of ${listed.id} in the list`)
    const { id, kind, source, status, result, error, createdAt, startedAt, finishedAt, operations } = shown
    const { updatedAt, retrievedAt } = shown
    return {
      id,
      kind,
      source,
      firstTask,
      status,
      result,
      error: error?.code ?? null,
      failed: error?.operation === undefined
        ? null
        : { ...error.operation, position: error.position ?? null, agents: error.agents ?? [] },
      createdAt,
      startedAt,
      finishedAt,
      updatedAt,
      retrievedAt,
      operations,
      tasks: tasks.map(({ state, value, attempts, lease, leaseMs, agent, claimedAt, completedAt }) =>
        ({ state, value, attempts, lease, leaseMs, agent, claimedAt, completedAt }))
    }
  }))
  return { load: await store.load(), expressions }
}

/** The same of the model. */
function picture (model: Model): Seen {
  const failedIn = ({ plan, failed, firstTask, tasks }: ModelExpression) => {
    if (failed === null) return null
    const { symbol, left, right } = plan.operations.at(failed)!
    const valueOf = (operand: Operand): number | null =>
      typeof operand === 'number' ? operand : tasks[operand.of]!.value
    return {
      id: firstTask + failed,
      operation: symbol,
      operands: [left, right].slice(0, OPERATIONS.get(symbol)!.arity).map(valueOf),
      position: plan.ranges?.[2 * failed] ?? null,
      agents: tasks[failed]!.holders
    }
  }
  const show = (expression: ModelExpression) => {
    const { id, kind, source, firstTask, status, result, error, createdAt, startedAt, finishedAt, tasks } = expression
    const { updatedAt, retrievedAt } = expression
    const completed = tasks.filter(({ state }) => state === 'completed').length
    return {
      id,
      kind,
      source,
      firstTask,
      status,
      result,
      error,
      failed: failedIn(expression),
      createdAt,
      startedAt,
      finishedAt,
      updatedAt,
      retrievedAt,
      operations: { total: tasks.length, completed },
      tasks: tasks.map(({ end, local, holders, ...task }) => task)
    }
  }
  return { load: model.load(), expressions: model.world.expressions.map(show) }
}

function same (found: unknown, wanted: unknown, what: string): void {
  if (isDeepStrictEqual(found, wanted)) return
  throw new Error(`${what}:\n  ${JSON.stringify(found)}\nexpected\n  ${JSON.stringify(wanted)}`)
}

/** The property for a store in its own process life; every implementation runs it, beside `conformance`. */
export function modelConformance (fixture: StoreFixture, runs = RUNS, rules = TIGHT): void {
  test(`${fixture.name}: any sequence of verbs is answered as the model says`, async t => {
    const counts = new Map<string, number>()
    const count = (what: string): void => { counts.set(what, (counts.get(what) ?? 0) + 1) }
    // Where many servers write, the last sign of life is the latest, and not the one that was written last.
    const forwards = (step: Step): Step => step.do === 'jump' ? { ...step, ms: Math.abs(step.ms) } : step
    const suited = fixture.signsOfLife === true ? steps.map(list => list.map(forwards)) : steps
    await fc.assert(fc.asyncProperty(suited, async list => {
      const clock = createManualClock()
      const { store, close } = await fixture.open(t, { clock, rules })
      try {
        await agrees({ store }, clock, rules, list, count)
      } finally {
        await close()
      }
    }), { numRuns: runs, seed: 1, endOnFailure: fixture.signsOfLife === true })
    for (const what of ['claimed', 'together', 'settle', 'expire', 'jump']) {
      t.ok((counts.get(what) ?? 0) > runs / 5, `${what}: ${counts.get(what)}`)
    }
  })
}
