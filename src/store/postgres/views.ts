import { domainError } from '../../core/errors.js'
import type { Expression, Idempotency, ListedExpression } from '../../core/expression.js'
import type { ListQuery, Load, Operations, TaskRange } from '../../core/store.js'
import { type Backlog, type LeasedTask, MAX_IN_PROGRESS, type TaskOverview } from '../../core/queue/task-overview.js'
import { type ListedRow, type ShownRow, type TaskRow, expressionOf, listedOf, operationsOf } from './rows.js'
import type { Session } from './session.js'
import {
  backlog, find, findKey, held, kept, list, load, operations, readyCounts, revision
} from './sql/views.js'
import { call } from './statement.js'

/** What the store shows and nothing changes. */
export interface Views {
  find (id: number): Promise<Expression | null>
  /** @throws `idempotency_conflict` */
  findByKey (idempotency: Idempotency): Promise<Expression | null>
  findOperations (id: number, range?: TaskRange): Promise<Operations | null>
  list (query: ListQuery): Promise<ListedExpression[]>
  listVersion (): Promise<string>
  load (): Promise<Load>
  backlog (): Promise<Backlog>
  taskOverview (): Promise<TaskOverview>
  /** How many tasks are ready, by symbol; of all tasks at most so many are counted. */
  ready (most: number): Promise<Map<string, number>>
  kept (): Promise<{ readonly expressions: number, readonly unfinished: number }>
}

interface BacklogRow {
  readonly waiting_since: number | null
  readonly critical_path_ms: number
}

/** More than there can be. */
const ALL = Number.MAX_SAFE_INTEGER

export function createViews ({ run, moment }: Session): Views {
  const views: Views = {
    async find (id) {
      const [rows] = await run([call(find, { expression: id }, moment())])
      const [row] = rows as readonly ShownRow[]
      return row === undefined ? null : expressionOf(row)
    },

    async findByKey (idempotency) {
      const id = await findId({ run, moment }, idempotency)
      return id === null ? null : views.find(id)
    },

    async findOperations (id, { after = 0, limit = ALL } = {}) {
      const now = moment()
      const [rows, tasks] = await run([
        call(find, { expression: id }, now),
        call(operations, { expression: id, after, most: Math.min(limit, ALL) }, now)
      ])
      const [row] = rows as readonly ShownRow[]
      return row === undefined ? null : operationsOf(row, tasks as readonly TaskRow[], after)
    },

    async list ({ kind = null, status = null, after = 0, limit = ALL }) {
      const [rows] = await run([call(list, { kind, status, after, most: Math.min(limit, ALL) }, moment())])
      return (rows as readonly ListedRow[]).map(listedOf)
    },

    async listVersion () {
      const [rows] = await run([call(revision, {}, moment())])
      return String((rows as ReadonlyArray<{ changes: number }>)[0]!.changes)
    },

    async load () {
      const [rows] = await run([call(load, {}, moment())])
      const [open] = rows as ReadonlyArray<{ expressions: number, operations: number }>
      return { openExpressions: open!.expressions, openOperations: open!.operations }
    },

    async backlog () {
      const [rows] = await run([call(backlog, { most: MAX_IN_PROGRESS }, moment())])
      const [{ waiting_since: waitingSince, critical_path_ms: criticalPathMs }] = rows as readonly [BacklogRow]
      return { waitingSince, criticalPathMs }
    },

    async taskOverview () {
      const now = moment()
      const [counts, tasks] = await run([call(readyCounts, { most: ALL }, now), call(held, {}, now)])
      return { ready: countsIn(counts), leased: [...tasks as readonly LeasedTask[]] }
    },

    async kept () {
      const [rows] = await run([call(kept, {}, moment())])
      return (rows as ReadonlyArray<{ expressions: number, unfinished: number }>)[0]!
    },

    async ready (most) {
      const [counts] = await run([call(readyCounts, { most }, moment())])
      return countsIn(counts)
    }
  }
  return views
}

/** The id of the expression that has this key. @throws `idempotency_conflict` */
export async function findId (
  { run, moment }: Pick<Session, 'run' | 'moment'>, { key, fingerprint }: Idempotency
): Promise<number | null> {
  const [rows] = await run([call(findKey, { key }, moment())])
  const [row] = rows as ReadonlyArray<{ id: number, fingerprint: string }>
  if (row === undefined) return null
  if (row.fingerprint !== fingerprint) throw domainError('idempotency_conflict')
  return row.id
}

function countsIn (rows: unknown): Map<string, number> {
  return new Map((rows as ReadonlyArray<{ symbol: string, tasks: number }>).map(({ symbol, tasks }) => [symbol, tasks]))
}
