import { type Calculation, isOpen, operationAt } from './calculation.js'
import { type ChangeOrder, createChangeOrder } from './change-order.js'
import type { Clock } from '../clock.js'
import { type Cursor, readCursor, writeCursor } from './cursor.js'
import { describe, describeListed, describeStates } from './describe.js'
import type { Ledger } from './ledger.js'
import type { Change, ExpressionChanges, ListChanges } from '../store.js'
import type { CalculationTransition } from './transition.js'

export interface ChangesOptions {
  readonly ledger: Ledger
  readonly clock: Pick<Clock, 'monotonic'>
  /** A name that no queue has, in this process or another. */
  readonly newLife: () => string
  readonly announce: (change: Change) => void
}

/** A calculation that is followed. */
interface Followed {
  /** Stays here when retention deletes it, so that its followers see its end. */
  readonly calculation: Calculation
  /** The indices of its changed operations; `ITSELF` for a change of the calculation without one of an operation. */
  readonly order: ChangeOrder<number>
  readAt: number
  /** A change was announced since the last read. */
  isAnnounced: boolean
}

/** In an order of operations: the calculation itself. */
const ITSELF = -1

/**
 * What is not read for this long, in ms, is not followed any more: longer than an idle feed takes to read again. Of a
 * final one, only the end is still to be read.
 */
const FOLLOW_MS = 30_000
const FOLLOW_FINAL_MS = 2_000

/** How often it is looked for, in ms. */
const SWEEP_MS = 1_000

/** Changed entries of the list that are known. A follower that is further behind starts anew. */
const MAX_LISTED = 100_000

export type Changes = ReturnType<typeof createChanges>

/**
 * What has changed since a cursor. A cursor is a revision of the queue, or within a start the next operation as well.
 * Only what was read a short time ago is followed, so that a change of anything else costs one look-up.
 *
 * A cursor names the life of the queue, because another one gives other changes the same revisions, and what it is of:
 * a follower of something else does not know the beginning.
 */
export function createChanges ({ ledger, clock, newLife, announce }: ChangesOptions) {
  const followed = new Map<number, Followed>()
  let list: Omit<Followed, 'calculation'> | null = null
  let life = ''
  let revision = 0
  let sweptAt = -Infinity

  /** A new order begins at a revision of its own: what changed before it is not recorded, so earlier cursors end. */
  function follow (calculation: Calculation): Followed {
    const now = clock.monotonic()
    const known = followed.get(calculation.id)
    const current = known ?? { calculation, order: createChangeOrder(++revision), readAt: now, isAnnounced: false }
    current.readAt = now
    current.isAnnounced = false
    if (known === undefined) {
      sweep(now)
      followed.set(calculation.id, current)
    }
    return current
  }

  function followList (): Omit<Followed, 'calculation'> {
    const now = clock.monotonic()
    list ??= { order: createChangeOrder(++revision, MAX_LISTED), readAt: now, isAnnounced: false }
    list.readAt = now
    list.isAnnounced = false
    return list
  }

  function sweep (now: number): void {
    if (now - sweptAt < SWEEP_MS) return
    sweptAt = now
    for (const [id, { calculation, readAt }] of followed) {
      if (now - readAt > (isOpen(calculation) ? FOLLOW_MS : FOLLOW_FINAL_MS)) followed.delete(id)
    }
    if (list !== null && now - list.readAt > FOLLOW_MS) list = null
  }

  /** The cursor if readers of the order can continue from it, else null. */
  function cursorOf (of: Cursor['of'], text: string | null, { from, reached }: ChangeOrder<number>): Cursor | null {
    life ||= newLife()
    const cursor = readCursor(text)
    const isOurs = cursor?.life === life && cursor.of === of
    return isOurs && cursor.revision >= from && cursor.revision <= reached ? cursor : null
  }

  /** @param start the cursor of a start that goes on; null for its beginning */
  function startOf ({ calculation, order }: Followed, start: Cursor | null, limit: number): ExpressionChanges {
    const { length } = calculation.tasks
    const first = Math.min(start?.next ?? 0, length)
    const end = Math.min(first + limit, length)
    const since = start?.revision ?? revision
    order.reach(since)
    return {
      cursor: writeCursor({ life, of: calculation.id, revision: since, next: end < length ? end : null }),
      isStart: first === 0,
      isComplete: end === length && order.last <= since,
      expression: describe(calculation),
      operations: describeStates(calculation, Array.from({ length: end - first }, (_, offset) => first + offset))
    }
  }

  return {
    /** The transition was applied to its calculation. */
    applied (transition: CalculationTransition): void {
      const found = followed.size === 0 ? undefined : followed.get(transition.id)
      if (found === undefined) return
      const before = revision
      const { calculation, order } = found
      forEachChanged(calculation, transition, index => order.add(index, ++revision))
      if (revision === before) order.add(ITSELF, ++revision)
      if (found.isAnnounced) return
      found.isAnnounced = true
      announce({ type: 'changed', id: transition.id })
    },

    /** The entry of the list has changed, or the expression is deleted. */
    listed (id: number): void {
      if (list === null) return
      list.order.add(id, ++revision)
      if (list.isAnnounced) return
      list.isAnnounced = true
      announce({ type: 'changed', id: 'list' })
    },

    changesOf (id: number, since: string | null, limit: number): ExpressionChanges | null {
      const stored = ledger.find(id)
      const calculation = stored ?? followed.get(id)?.calculation
      if (calculation === undefined) return null
      const current = follow(calculation)
      const cursor = cursorOf(id, since, current.order)
      // A deleted one has an end for those that saw its beginning, and does not exist for others.
      if (cursor === null) return stored === undefined ? null : startOf(current, null, limit)
      if (cursor.next !== null) return startOf(current, cursor, limit)
      const { keys, isComplete, ...read } = current.order.since(cursor.revision, limit)
      return {
        cursor: writeCursor({ life, of: id, revision: read.revision, next: null }),
        isStart: false,
        isComplete,
        expression: keys.length === 0 ? null : describe(calculation),
        operations: describeStates(calculation, keys.filter(key => key !== ITSELF))
      }
    },

    listChanges (since: string | null, limit: number): ListChanges {
      sweep(clock.monotonic())
      const { order } = followList()
      const cursor = cursorOf('list', since, order)
      if (cursor === null || cursor.next !== null) {
        const [after, from] = cursor === null ? [0, revision] : [cursor.next!, cursor.revision]
        order.reach(from)
        const expressions = ledger.list({ after, limit }).map(describeListed)
        const next = expressions.length < limit ? null : expressions.at(-1)!.id
        return {
          cursor: writeCursor({ life, of: 'list', revision: from, next }),
          isStart: cursor === null,
          isComplete: next === null && order.last <= from,
          expressions,
          deleted: []
        }
      }
      const { keys, isComplete, ...read } = order.since(cursor.revision, limit)
      const calculations = keys.map(id => ledger.find(id))
      return {
        cursor: writeCursor({ life, of: 'list', revision: read.revision, next: null }),
        isStart: false,
        isComplete,
        expressions: calculations.flatMap(calculation => calculation === undefined ? [] : describeListed(calculation)),
        deleted: keys.filter((_, index) => calculations[index] === undefined)
      }
    }
  }
}

/** Calls `changed` with the indices of the operations that clients see changed by a transition. */
function forEachChanged (
  calculation: Calculation, transition: CalculationTransition, changed: (index: number) => void
): void {
  const { tasks } = calculation
  if ('task' in transition && transition.task !== undefined) changed(transition.task)
  if (!isOpen(calculation)) {
    // Its end dropped them.
    for (let index = 0; index < tasks.length; index++) if (tasks[index]?.state !== 'completed') changed(index)
  } else if (transition.do === 'complete') {
    for (const dependent of operationAt(calculation, transition.task).dependents) changed(dependent)
  }
}
