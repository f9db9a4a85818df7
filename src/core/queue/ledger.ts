import { type Calculation, isOpen } from './calculation.js'
import { describe } from './describe.js'
import type { Expression } from '../expression.js'
import type { Plan } from '../plan/plan.js'
import type { ListQuery } from '../store.js'
import {
  type SubmittedHead, type Transition, applyTransition, calculationOf, calculationWith
} from './transition.js'

/**
 * All calculations that are kept, by id, by task and in order of submission. It changes only by
 * transitions, so that replaying a journal over an old ledger gives the ledger of today.
 */
export interface Ledger {
  /** Answers the indices of the operations of that expression that became ready. */
  apply (transition: Transition): number[]
  /** Applies a submit whose plan is at hand, so that it need not be derived again. */
  submit (submitted: SubmittedHead, plan: Plan): void
  find (id: number): Calculation | undefined
  /** The calculation that a task belongs to; undefined for an id that was never given or is forgotten. */
  findByTask (task: number): Calculation | undefined
  findByKey (key: string): Calculation | undefined
  list (query: ListQuery): Expression[]
  /** In order of submission. */
  all (): Iterable<Calculation>
  readonly size: number
  /** Puts a calculation in that is not new: one out of a snapshot. In order of their ids. */
  insert (calculation: Calculation): void
  /** Wall times in ms: of the newest transition that has one, and of the newest process start. */
  lastAt: number
  startedAt: number
  /** The ids that the next submit gets; they outlive the expressions that had the earlier ones. */
  nextId: number
  nextTask: number
}

interface Entry {
  readonly id: number
  readonly firstTask: number
  calculation: Calculation | null
}

export function createLedger (): Ledger {
  /** Ids and task ids both grow along it, so both are found by bisection; forgotten entries leave holes. */
  let order: Entry[] = []
  let holes = 0
  const byId = new Map<number, Entry>()
  const byKey = new Map<string, Calculation>()

  /**
   * What earlier processes have worked on open calculations is written down; their downtime is not.
   * Wall times are only compared between one start and the next.
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

  /** The first place whose entry is beyond the given one. */
  function placeAfter (isBeyond: (entry: Entry) => boolean): number {
    let low = 0
    let high = order.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (isBeyond(order[middle]!)) high = middle
      else low = middle + 1
    }
    return low
  }

  const ledger: Ledger = {
    nextId: 1,
    nextTask: 1,
    lastAt: 0,
    startedAt: 0,

    submit (submitted, plan) {
      ledger.lastAt = submitted.at
      insert(calculationWith(submitted, plan))
    },

    apply (transition) {
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

    find: id => byId.get(id)?.calculation ?? undefined,

    findByTask (task) {
      const entry = order[placeAfter(({ firstTask }) => firstTask > task) - 1]
      const calculation = entry?.calculation
      if (calculation == null || task >= calculation.firstTask + calculation.tasks.length) return undefined
      return calculation
    },

    insert,

    findByKey: key => byKey.get(key),

    list ({ kind, status, after = 0, limit = Infinity }) {
      const found: Expression[] = []
      for (let place = placeAfter(({ id }) => id > after); place < order.length && found.length < limit; place++) {
        const { calculation } = order[place]!
        if (calculation === null) continue
        if (kind !== undefined && calculation.kind !== kind) continue
        if (status !== undefined && calculation.status !== status) continue
        found.push(describe(calculation))
      }
      return found
    },

    * all () {
      for (const { calculation } of order) if (calculation !== null) yield calculation
    },

    get size () {
      return byId.size
    }
  }
  return ledger
}
