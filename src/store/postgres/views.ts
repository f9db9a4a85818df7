import { domainError } from '../../core/errors.js'
import type { Idempotency } from '../../core/expression.js'
import type { Store } from '../../core/store.js'
import { MAX_IN_PROGRESS } from '../../core/queue/task-overview.js'
import { expressionOf, operationsOf } from './rows.js'
import type { StoreContext } from './context.js'
import { revision } from './sql/revisions.js'
import { backlog, find, findKey, leasedTasks, list, listLatest, load, operations, readyCounts } from './sql/views.js'
import { type RowOf, call } from './statement.js'

/** More than there can be. */
const ALL = Number.MAX_SAFE_INTEGER

/** The verbs that only read. */
export function createViews (context: StoreContext) {
  const { run, row, rows } = context
  const views: Pick<
    Store,
    'find' | 'findByKey' | 'findOperations' | 'list' | 'listVersion' | 'load' | 'backlog' | 'taskOverview'
  > = {
    async find (id) {
      const [shown] = await rows(call(find, { expression: id }))
      return shown === undefined ? null : expressionOf(shown)
    },

    async findByKey (idempotency) {
      const id = await findId(context, idempotency)
      return id === null ? null : views.find(id)
    },

    async findOperations (id, { after = 0, limit = ALL } = {}) {
      const [[shown], tasks] = await run([
        call(find, { expression: id }),
        call(operations, { expression: id, after, most: Math.min(limit, ALL) })
      ])
      return shown === undefined ? null : operationsOf(shown, tasks, after)
    },

    async list ({ kind = null, status = null, after = 0, limit = ALL, latest = false }) {
      const query = { kind, status, after, most: Math.min(limit, ALL) }
      return latest ? [...await rows(call(listLatest, query))].reverse() : [...await rows(call(list, query))]
    },

    async listVersion () {
      return String((await row(call(revision, {}))).changes)
    },

    load: () => row(call(load, {})),
    backlog: () => row(call(backlog, { most: MAX_IN_PROGRESS })),

    async taskOverview () {
      const [counts, leased] = await run([call(readyCounts, { most: ALL }), call(leasedTasks, {})])
      return { ready: countsOf(counts), leased: [...leased] }
    }
  }
  return views
}

/** Ready tasks by symbol; of all tasks at most `most` are counted. */
export async function countReady ({ rows }: StoreContext, most: number): Promise<ReadonlyMap<string, number>> {
  return countsOf(await rows(call(readyCounts, { most })))
}

/** The id of the expression that has this key. @throws `idempotency_conflict` */
export async function findId ({ rows }: StoreContext, { key, fingerprint }: Idempotency): Promise<number | null> {
  const [found] = await rows(call(findKey, { key }))
  if (found === undefined) return null
  if (found.fingerprint !== fingerprint) throw domainError('idempotency_conflict')
  return found.id
}

function countsOf (rows: ReadonlyArray<RowOf<typeof readyCounts>>): Map<string, number> {
  return new Map(rows.map(({ symbol, tasks }) => [symbol, tasks]))
}
