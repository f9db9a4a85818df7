import { operationAt, taskAt } from './calculation.js'
import { describe, describeListed, describeOperations } from './describe.js'
import type { EffectsOptions } from './effects.js'
import { domainError } from '../errors.js'
import type { Expression, Idempotency, ListedExpression } from '../expression.js'
import { remainingMs } from './remaining.js'
import type { ListQuery, Load, Operations, TaskRange } from '../store.js'
import { type Backlog, type LeasedTask, MAX_IN_PROGRESS, type TaskOverview } from './task-overview.js'

/** The verbs that only read. */
export function createViews (
  { ledger, schedule, deadlines, retention }: Pick<EffectsOptions, 'ledger' | 'schedule' | 'deadlines' | 'retention'>
) {
  return {
    find (id: number): Expression | null {
      const calculation = ledger.find(id)
      return calculation === undefined ? null : describe(calculation)
    },

    findByKey ({ key, fingerprint }: Idempotency): Expression | null {
      const calculation = ledger.findByKey(key)
      if (calculation === undefined) return null
      if (calculation.idempotency?.fingerprint !== fingerprint) throw domainError('idempotency_conflict')
      return describe(calculation)
    },

    findOperations (id: number, range?: TaskRange): Operations | null {
      const calculation = ledger.find(id)
      return calculation === undefined ? null : describeOperations(calculation, range)
    },

    list: (query: ListQuery): ListedExpression[] => ledger.list(query).map(describeListed),

    load: (): Load => ({ openExpressions: retention.openExpressions, openOperations: retention.openOperations }),

    backlog (): Backlog {
      const pending = ledger.list({ status: 'pending', limit: 1 })
      const inProgress = ledger.list({ status: 'in_progress', limit: MAX_IN_PROGRESS })
      return {
        waitingSince: pending[0]?.createdAt ?? null,
        criticalPathMs: Math.max(0, ...[...pending, ...inProgress].map(remainingMs))
      }
    },

    taskOverview (): TaskOverview {
      const leased: LeasedTask[] = []
      for (const { calculation, index } of deadlines.all()) {
        if (index === null) continue
        const { state, agent, claimedAt } = taskAt(calculation, index)
        // An overdue task has a deadline too, but no agent holds it.
        if (state !== 'leased') continue
        const { symbol } = operationAt(calculation, index)
        const id = calculation.firstTask + index
        leased.push({ id, expression: calculation.id, symbol, agent, since: claimedAt! })
      }
      return { ready: schedule.counts(), leased: leased.sort((one, other) => one.id - other.id) }
    }
  }
}
