/**
 * What a reader of changes knows: applies the messages of a stream one after the other. Nothing here does I/O, so that
 * a page with an `EventSource` of its own can use it too.
 */
import type { Agent, Expression, ListEntry, Operation, Unserved } from './api.js'
import { ANSWER_INVALID, LonghandError } from './error.js'

/** A message of a stream; `start` discards what is known. */
export interface ChangeMessage<Data> {
  readonly type: 'start' | 'change'
  readonly cursor: string
  readonly data: Data
}

interface Piece {
  /** The time of the server. */
  readonly now: string
  /** The rest of the same state follows at once. */
  readonly more?: boolean
}

/** What `GET /api/v1/expressions/:id/events` sends. */
export interface ExpressionChange extends Piece {
  /** Whole in a start; later without the members that never change. */
  readonly expression?: Partial<Expression>
  readonly operations?: readonly Operation[]
}

/** What `GET /api/v1/events` sends. */
export interface ListChange extends Piece {
  readonly expressions?: readonly ListEntry[]
  readonly deleted?: readonly number[]
  readonly agents?: readonly Agent[]
  /** `agents` has all of them. */
  readonly all_agents?: boolean
  readonly removed_agents?: ReadonlyArray<Pick<Agent, 'name' | 'address'>>
  readonly unserved?: readonly Unserved[]
}

interface Update {
  /** The time of the server, RFC 3339. */
  readonly now: string
  /** Names this state at the server. */
  readonly cursor: string
  /** Whether everything came anew. What was known before no longer counts. */
  readonly isStart: boolean
}

/** The state of an expression at one time. */
export interface ExpressionUpdate extends Update {
  readonly expression: Expression
  /** All of them, in the order of their ids. */
  readonly operations: readonly Operation[]
  /** Those that came since the update before, as they are now. */
  readonly changed: readonly Operation[]
}

/** The state of the list of expressions and of the agents at one time. */
export interface ListUpdate extends Update {
  /** All of them, of all services, in the order of their ids. */
  readonly expressions: readonly ListEntry[]
  /** Those that came since the update before, as they are now. */
  readonly changed: readonly ListEntry[]
  /** Ids that were deleted since the update before. */
  readonly deleted: readonly number[]
  readonly agents: readonly Agent[]
  readonly unserved: readonly Unserved[]
}

/** Applies a message; null until everything has come after a start. Later messages are an update each. */
export type ChangeReader<Data, Update> = (message: ChangeMessage<Data>) => Update | null

/** @param known the update after which the messages come; without, they begin with a start */
export function createExpressionReader (known?: ExpressionUpdate): ChangeReader<ExpressionChange, ExpressionUpdate> {
  let expression = known?.expression
  let operations = known?.operations ?? []
  // Pieces are merged at the end: merging each into 100,000 operations would take a hundred times as long.
  let changed = new Map<number, Operation>()
  let isStart = false
  /** Whether everything of the last start has come. */
  let isWhole = known !== undefined

  return ({ type, cursor, data }) => {
    if (type === 'start') {
      expression = undefined
      operations = []
      changed = new Map()
      isStart = true
      isWhole = false
    }
    expression = withProgress(expression, data.expression)
    for (const operation of data.operations ?? []) changed.set(operation.id, operation)
    isWhole ||= data.more !== true
    if (!isWhole) return null
    if (expression === undefined) throw new LonghandError(ANSWER_INVALID, 'The stream begins without its expression')
    const came = byId(changed.values())
    operations = merge(operations, came)
    const update = { now: data.now, cursor, expression, operations, changed: came, isStart }
    changed = new Map()
    isStart = false
    return update
  }
}

/** The same for the list of expressions and the agents. */
export function createListReader (known?: ListUpdate): ChangeReader<ListChange, ListUpdate> {
  let expressions = known?.expressions ?? []
  let agents = new Map(known?.agents.map(agent => [keyOf(agent), agent]))
  let unserved = known?.unserved ?? []
  let changed = new Map<number, ListEntry>()
  let deleted = new Set<number>()
  let isStart = false
  let isWhole = known !== undefined

  return ({ type, cursor, data }) => {
    if (type === 'start') {
      expressions = []
      agents = new Map()
      unserved = []
      changed = new Map()
      deleted = new Set()
      isStart = true
      isWhole = false
    }
    for (const entry of data.expressions ?? []) changed.set(entry.id, entry)
    for (const id of data.deleted ?? []) deleted.add(id)
    if (data.all_agents === true) agents = new Map()
    for (const agent of data.agents ?? []) agents.set(keyOf(agent), agent)
    for (const agent of data.removed_agents ?? []) agents.delete(keyOf(agent))
    unserved = data.unserved ?? unserved
    isWhole ||= data.more !== true
    if (!isWhole) return null
    // No id is given twice: whatever came before, a deleted expression is gone.
    for (const id of deleted) changed.delete(id)
    const came = byId(changed.values())
    expressions = merge(expressions, came)
    if (deleted.size > 0) expressions = expressions.filter(({ id }) => !deleted.has(id))
    const update = {
      now: data.now,
      cursor,
      expressions,
      changed: came,
      deleted: [...deleted],
      agents: [...agents.values()],
      unserved,
      isStart
    }
    changed = new Map()
    deleted = new Set()
    isStart = false
    return update
  }
}

function withProgress (known: Expression | undefined, came: Partial<Expression> | undefined): Expression | undefined {
  if (came === undefined) return known
  if (known !== undefined) return { ...known, ...came }
  return isWholeExpression(came) ? came : undefined
}

function isWholeExpression (came: Partial<Expression>): came is Expression {
  return came.id !== undefined && came.expression !== undefined
}

interface Identified {
  readonly id: number
}

function byId<T extends Identified> (items: Iterable<T>): T[] {
  return [...items].sort((one, other) => one.id - other.id)
}

/** Both in the order of their ids; of two with the same id, the one that came counts. */
function merge<T extends Identified> (known: readonly T[], came: readonly T[]): readonly T[] {
  if (came.length === 0) return known
  const merged = [...known]
  const added = came.filter(item => {
    const index = indexIn(known, item.id)
    if (known[index]?.id !== item.id) return true
    merged[index] = item
    return false
  })
  // Usually they come after all that are known, and the sort only looks at each once.
  return added.length === 0 ? merged : byId(merged.concat(added))
}

/** The index of the first item whose id is at least this one. */
function indexIn (items: readonly Identified[], id: number): number {
  let [from, to] = [0, items.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (items[middle]!.id < id) from = middle + 1
    else to = middle
  }
  return from
}

/** Agents without a name are listed by address. */
function keyOf ({ name, address }: Pick<Agent, 'name' | 'address'>): string {
  return JSON.stringify([name, name === null ? address : null])
}
