import type { Expression } from '../../../src/core/expression.js'
import type { Transition } from '../../../src/core/queue/transition.js'
import type { Store, StoreRules } from '../../../src/core/store.js'
import { compact } from '../../../src/store/file/compaction-job.js'
import { openFileStore } from '../../../src/store/file/index.js'
import { toRecord } from '../../../src/store/file/calculation-record.js'
import { createLeaseTokens } from '../../../src/store/lease-tokens.js'
import { type Ledger, createLedger } from '../../../src/core/queue/ledger.js'
import { type ManualClock, createManualClock } from '../../manual-clock.js'
import { RULES } from '../fixture.js'
import type { FaultyDisk, Step } from './faulty-disk.js'

export const PATH = '/data/longhand.json'

/** The path of the segment that begins at this line. */
export function segmentAt (first: number): string {
  return `/data/longhand.${String(first).padStart(12, '0')}.journal`
}

export interface Scene {
  readonly store: Store
  readonly clock: ManualClock
  /** The faults that the store has reported. */
  readonly faults: Array<{ readonly error: unknown, readonly fatal: boolean }>
  /** The snapshots that failed, with the time until the next attempt. */
  readonly snapshotFaults: Array<{ readonly error: unknown, readonly retryMs: number | null }>
  /** How often it has reported that changes are accepted again. */
  recoveries (): number
}

/** All expressions, with more than a list shows. */
export async function findAll (store: Store): Promise<Expression[]> {
  return Promise.all((await store.list({})).map(async ({ id }) => (await store.find(id))!))
}

/** A store on such a disk, which makes its snapshots in the same thread. */
export async function openOn (
  disk: FaultyDisk, { clock = createManualClock(), rules = RULES, newLease = createLeaseTokens() }: {
    clock?: ManualClock, rules?: StoreRules, newLease?: () => string
  } = {}
): Promise<Scene> {
  const faults: Scene['faults'] = []
  const snapshotFaults: Scene['snapshotFaults'] = []
  let recoveries = 0
  const store = await openFileStore({
    path: PATH,
    clock,
    rules,
    newLease,
    onFault: (error, fatal) => { faults.push({ error, fatal }) },
    onRecovery: () => { recoveries++ },
    onSnapshotFault: (error, retryMs) => { snapshotFaults.push({ error, retryMs }) },
    disk,
    compact: last => compact({ disk, path: PATH }, last)
  })
  return { store, clock, faults, snapshotFaults, recoveries: () => recoveries }
}

/** Lets everything that is under way come to its end; a disk in memory needs no more than turns of the event loop. */
export async function settled (turns = 60): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve))
}

/** Everything that a ledger knows, but for the time spent: that also counts what is in no line. */
export function contents (ledger: Ledger): unknown {
  return {
    nextId: ledger.nextId,
    nextTask: ledger.nextTask,
    expressions: Array.from(ledger.all(), calculation => ({ ...toRecord(calculation), spentMs: 0 }))
  }
}

/** All lines that were ever written to a journal, by their number. */
export function linesOf (steps: readonly Step[]): Map<number, Transition> {
  const lines = new Map<number, Transition>()
  for (const { path, write } of steps) {
    if (write === null || !path.endsWith('.journal')) continue
    for (const text of write.data.toString().split('\n')) {
      if (!text.startsWith('{"n":')) continue
      const { n, ...transition } = JSON.parse(text) as Transition & { n: number }
      lines.set(n, transition)
    }
  }
  return lines
}

/** What the ledger holds after each line; at 0 before the first. */
export function storyOf (steps: readonly Step[]): unknown[] {
  const lines = linesOf(steps)
  const ledger = createLedger()
  const story = [contents(ledger)]
  for (let number = 1; number <= lines.size; number++) {
    ledger.apply(lines.get(number)!)
    story.push(contents(ledger))
  }
  return story
}
