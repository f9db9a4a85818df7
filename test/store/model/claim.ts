import type { Clock } from '../../../src/core/clock.js'
import type { Plan } from '../../../src/core/plan/plan.js'
import type { Claim, ClaimedTask, StoreRules } from '../../../src/core/store.js'
import { type States, valueOf } from './states.js'
import type { Times } from './times.js'
import type { ModelExpression, World } from './world.js'

/** The verb `claim` of the model. */
export function createClaim (
  model: { readonly world: World }, clock: Clock, rules: StoreRules, { record, deadlineIn }: Times,
  { start, updateSchedule }: States
) {
  return claim

  /** Each claimed task gets its lease from `leaseOf`, by its index: the store decides the names of leases. */
  function claim (
    { agent, symbols, max, batchMs = Infinity, local = false }: Claim, leaseOf: (index: number) => string
  ): Array<Omit<ClaimedTask, 'lease'>> {
    const { world } = model
    const claimed: Array<Omit<ClaimedTask, 'lease'>> = []
    let queuedMs = 0
    while (claimed.length < max) {
      const next = nextFor(symbols)
      if (next === null) break
      const { expression, index } = next
      const { symbol, left, right, timeMs } = expression.plan.operations.at(index)!
      if (claimed.length > 0 && queuedMs + timeMs > batchMs) break
      const task = expression.tasks[index]!
      queuedMs += timeMs
      record({ timed: true, durable: false })
      task.state = 'leased'
      task.attempts++
      task.lease = leaseOf(claimed.length)
      task.leaseMs = queuedMs + rules.leaseMs
      task.agent = agent
      task.local = local
      task.claimedAt = clock.now()
      expression.updatedAt = clock.now()
      task.deadline = deadlineIn(task.leaseMs)
      start(expression)
      world.schedule = world.schedule.filter(id => id !== expression.id)
      updateSchedule(expression)
      claimed.push({
        id: expression.firstTask + index,
        expression: expression.id,
        symbol,
        left: valueOf(expression, left)!,
        right: valueOf(expression, right)!,
        timeMs,
        attempt: task.attempts,
        leaseMs: task.leaseMs
      })
    }
    return claimed
  }

  function nextFor (symbols: readonly string[]): { expression: ModelExpression, index: number } | null {
    for (const id of model.world.schedule) {
      const expression = model.world.expressions.find(expression => expression.id === id)!
      const { operations } = expression.plan
      let best: number | null = null
      for (const [index, { state }] of expression.tasks.entries()) {
        if (state !== 'ready' || !symbols.includes(operations.at(index)!.symbol)) continue
        if (best === null || pathMs(expression.plan, index) > pathMs(expression.plan, best)) best = index
      }
      if (best !== null) return { expression, index: best }
    }
    return null
  }
}

/** The time of the longest way from an operation to the end of the plan, in ms. */
function pathMs (plan: Plan, index: number): number {
  const after = [...plan.operations].flatMap(({ left, right }, other) =>
    [left, right].some(operand => typeof operand !== 'number' && operand.of === index) ? pathMs(plan, other) : 0)
  return plan.operations.at(index)!.timeMs + Math.max(0, ...after)
}
