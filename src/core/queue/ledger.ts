import { type Calculation, isOpen } from './calculation.js'
import type { Plan } from '../plan/plan.js'
import type { ListQuery } from '../store.js'
import {
  type SubmittedHead, type Transition, applyTransition, calculationOf, calculationWith
} from './transition.js'

interface Entry {
  readonly id: number
  readonly firstTask: number
  calculation: Calculation | null
}

export type Ledger = ReturnType<typeof createLedger>

/**
 * All calculations by id, by task and in order of submission. It changes only by transitions, so that replaying a
 * journal over an old ledger gives the ledger of today.
 */
export function createLedger () {
  /** Sorted by id and by task id, so that both are found by bisection. Deleted calculations leave holes. */
  let order: Entry[] = []
  let holes = 0
  const byId = new Map<number, Entry>()
  const byKey = new Map<string, Calculation>()

  /**
   * Adds up the time that earlier processes spent on open calculations, without downtime: only wall times between one
   * start and the next are compared.
   */
  function start (at: number): void {
    for (const calculation of ledger.all()) {
      const { startedAt, spentMs } = calculation
      if (startedAt === null || !isOpen(calculation)) continue
      const from = spentMs === null ? startedAt : ledger.startedAt
      calculation.spentMs = (spentMs ?? 0) + Math.max(0, ledger.lastAt - from)
    }
    ledger.lastAt = at
    ledger.startedAt = at
  }

  /** Adds a calculation from a snapshot, or a new one. In order of their ids. */
  function insert (calculation: Calculation): void {
    const { id, firstTask, tasks, idempotency } = calculation
    const entry = { id, firstTask, calculation }
    order.push(entry)
    byId.set(id, entry)
    if (idempotency !== null) byKey.set(idempotency.key, calculation)
    ledger.nextId = Math.max(ledger.nextId, id + 1)
    ledger.nextTask = Math.max(ledger.nextTask, firstTask + tasks.length)
  }

  function forget (id: number): void {
    const entry = byId.get(id)
    if (entry?.calculation == null) return
    const { idempotency } = entry.calculation
    if (idempotency !== null) byKey.delete(idempotency.key)
    byId.delete(id)
    entry.calculation = null
    holes++
    if (holes * 2 > order.length) {
      order = order.filter(({ calculation }) => calculation !== null)
      holes = 0
    }
  }

  /** Index in `order` of the first entry that is beyond; entries up to there are not. */
  function firstBeyond (isBeyond: (entry: Entry) => boolean): number {
    let low = 0
    let high = order.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (isBeyond(order[middle]!)) high = middle
      else low = middle + 1
    }
    return low
  }

  const ledger = {
    /** The ids of the next submit; ids are not reused when expressions are deleted. */
    nextId: 1,
    nextTask: 1,
    /** Wall times in ms: of the newest transition that has one, and of the newest process start. */
    lastAt: 0,
    startedAt: 0,

    /** Applies a submit whose plan is at hand. */
    submit (submitted: SubmittedHead, plan: Plan): void {
      ledger.lastAt = submitted.at
      insert(calculationWith(submitted, plan))
    },

    /** @returns indices of the operations of the expression that became ready */
    apply (transition: Transition): number[] {
      if (transition.do === 'start') {
        start(transition.at)
        return []
      }
      if ('at' in transition) ledger.lastAt = transition.at
      if (transition.do === 'submit') {
        insert(calculationOf(transition))
        return []
      }
      if (transition.do === 'forget') {
        forget(transition.id)
        return []
      }
      const calculation = ledger.find(transition.id)
      if (calculation === undefined) throw new RangeError(`There is no expression ${transition.id}`)
      return applyTransition(calculation, transition)
    },

    find: (id: number): Calculation | undefined => byId.get(id)?.calculation ?? undefined,

    /** The calculation that the task belongs to; undefined for an unknown or deleted one. */
    findByTask (task: number): Calculation | undefined {
      const entry = order[firstBeyond(({ firstTask }) => firstTask > task) - 1]
      const calculation = entry?.calculation
      if (calculation == null || task >= calculation.firstTask + calculation.tasks.length) return undefined
      return calculation
    },

    insert,

    findByKey: (key: string): Calculation | undefined => byKey.get(key),

    list ({ kind, status, after = 0, limit = Infinity, latest = false }: ListQuery): Calculation[] {
      const found: Calculation[] = []
      const first = firstBeyond(({ id }) => id > after)
      const count = order.length - first
      for (let step = 0; step < count && found.length < limit; step++) {
        const { calculation } = order[latest ? order.length - 1 - step : first + step]!
        if (calculation === null) continue
        if (kind !== undefined && calculation.kind !== kind) continue
        if (status !== undefined && calculation.status !== status) continue
        found.push(calculation)
      }
      return latest ? found.reverse() : found
    },

    /** In order of submission. */
    * all (): Generator<Calculation> {
      for (const { calculation } of order) if (calculation !== null) yield calculation
    },

    get size (): number {
      return byId.size
    }
  }
  return ledger
}
