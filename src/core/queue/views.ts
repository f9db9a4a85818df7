import { operationAt, taskAt } from './calculation.js'
import { describe } from './describe.js'
import { describeOperations } from './describe-operations.js'
import { domainError } from '../errors.js'
import type { Expression, Idempotency, ListedExpression } from '../expression.js'
import type { CountedSchedule } from './schedule.js'
import type { ListQuery, Load, Operations, TaskRange } from '../store.js'
import { type Backlog, type LeasedTask, MAX_IN_PROGRESS, type TaskOverview } from './task-overview.js'
import type { Deadlines } from './deadlines.js'
import type { Ledger } from './ledger.js'
import type { Retention } from './retention.js'

/** What the queue shows and nothing changes. */
export interface Views {
  find (id: number): Expression | null
  /** @throws `idempotency_conflict` */
  findByKey (idempotency: Idempotency): Expression | null
  findOperations (id: number, range?: TaskRange): Operations | null
  list (query: ListQuery): ListedExpression[]
  load (): Load
  backlog (): Backlog
  taskOverview (): TaskOverview
}

export interface ViewOptions {
  readonly ledger: Ledger
  readonly line: CountedSchedule
  readonly holds: Deadlines
  readonly retention: Retention
}

export function createViews ({ ledger, line, holds, retention }: ViewOptions): Views {
  return {
    find (id) {
      const calculation = ledger.find(id)
      return calculation === undefined ? null : describe(calculation)
    },

    findByKey ({ key, fingerprint }) {
      const calculation = ledger.findByKey(key)
      if (calculation === undefined) return null
      if (calculation.idempotency?.fingerprint !== fingerprint) throw domainError('idempotency_conflict')
      return describe(calculation)
    },

    findOperations (id, range) {
      const calculation = ledger.find(id)
      return calculation === undefined ? null : describeOperations(calculation, range)
    },

    list: query => ledger.list(query),

    load: () => ({ openExpressions: retention.openExpressions, openOperations: retention.openOperations }),

    backlog () {
      const [waiting] = ledger.list({ status: 'pending', limit: 1 })
      const atWork = ledger.list({ status: 'in_progress', limit: MAX_IN_PROGRESS })
      return {
        waitingSince: waiting?.createdAt ?? null,
        criticalPathMs: Math.max(waiting?.remainingMs ?? 0, ...atWork.map(({ remainingMs }) => remainingMs))
      }
    },

    taskOverview () {
      const held: LeasedTask[] = []
      for (const { calculation, index } of holds.all()) {
        if (index === null) continue
        const { state, agent, claimedAt } = taskAt(calculation, index)
        // An overdue one is held as well, until its late result is waited for no more, but by nobody.
        if (state !== 'leased') continue
        const { symbol } = operationAt(calculation, index)
        const id = calculation.firstTask + index
        held.push({ id, expression: calculation.id, symbol, agent, since: claimedAt! })
      }
      return { ready: line.counts(), leased: held.sort((one, other) => one.id - other.id) }
    }
  }
}
