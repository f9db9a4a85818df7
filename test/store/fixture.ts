import { type Test, test } from 'tap'
import { DEFAULT_LIMITS } from '../../src/core/language/limits.js'
import { OPERATIONS } from '../../src/core/operations.js'
import { createPlan } from '../../src/core/plan/plan.js'
import { planExpression } from '../../src/core/plan/planner.js'
import type { Change, Claim, ClaimedTask, Store, StoreRules, Submission } from '../../src/core/store.js'
import { type ManualClock, createManualClock } from '../manual-clock.js'

/** How a suite gets a store of its own: new for each test, closed after it. */
export interface StoreFixture {
  readonly name: string
  /** False for a store that a restart empties. */
  readonly durable: boolean
  /** True for a store that holds expressions outside the memory of the process, and sets no limit of bytes. */
  readonly outOfMemory?: boolean
  /** True for a store that records each second of a running process, and not only its changes. */
  readonly signsOfLife?: boolean
  open (t: Test, setup: { clock: ManualClock, rules: StoreRules }): Promise<OpenedStore>
}

export interface OpenedStore {
  readonly store: Store
  /** Closes the store, calls `meanwhile` and opens the store again; the old one must not be used any more. */
  restart (meanwhile?: () => void): Promise<Store>
  /** The same, but the process is killed. */
  crash (meanwhile?: () => void): Promise<Store>
  /** Frees all resources, after the test. */
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

/** Number of random runs of a property; LONGHAND_RUNS=10000 for a night. */
export const RUNS = Number(process.env['LONGHAND_RUNS'] ?? 300)

/** Texts that HTTP accepts, at the edges of what encodings, SQL and JSON can represent. */
export const TEXTS = [
  '\u0001\u001f\u007f\u0085', '\u2028\u2029', '\ufeff\ufffe\uffff', '\ud83d\ude00', '\udbff\udfff', 'e\u0301 \u00e9',
  '\\u0000 \\x00 \\0', '"\'`\\', '{"a":[null]}', '{1,NULL}', '\r\n\t ', '\u202e', '%s $1 ?'
]

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

/** Claims and reports until nothing is ready; answers the tasks in the order of their claims. */
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

/** A store for a test, with its clock and the changes that it announced. */
export interface Bundle extends OpenedStore {
  readonly clock: ManualClock
  readonly changes: Change[]
}

/** Defines tests of a store, each with a store of its own. */
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

/** The states of the tasks of an expression. */
export async function statesOf (store: Store, id: number): Promise<string[]> {
  return (await store.findOperations(id))!.tasks.map(({ state }) => state)
}

/** The announced ready tasks by symbol; clears the changes. */
export function takeReady (changes: Change[]): Array<Record<string, number>> {
  return changes.splice(0).flatMap(change =>
    change.type === 'ready' ? [Object.fromEntries(change.counts) as Record<string, number>] : [])
}
