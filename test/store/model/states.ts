import type { Clock } from '../../../src/core/clock.js'
import type { Status } from '../../../src/core/expression.js'
import { OPERATIONS } from '../../../src/core/operations.js'
import type { Operand } from '../../../src/core/plan/plan.js'
import type { AttemptOutcome } from '../../../src/core/queue/calculation.js'
import type { StoreRules } from '../../../src/core/store.js'
import { endAttempt } from './attempts.js'
import type { Times } from './times.js'
import type { ModelExpression, World } from './world.js'

export type States = ReturnType<typeof createStates>

/** How expressions and tasks of a world change their states. */
export function createStates (
  model: { world: World }, clock: Clock, rules: StoreRules,
  { record, deadlineIn }: Times
) {
  return { updateSchedule, makeReady, start, makeReadyAgain, finish }

  function updateSchedule (expression: ModelExpression): void {
    const { world } = model
    const hasWork = expression.tasks.some(({ state }) => state === 'ready')
    const isScheduled = world.schedule.includes(expression.id)
    if (hasWork && !isScheduled) world.schedule.push(expression.id)
    if (!hasWork && isScheduled) world.schedule = world.schedule.filter(id => id !== expression.id)
  }

  /** Schedules tasks that became ready, or fails the expression at the first that cannot have a result. */
  function makeReady (expression: ModelExpression, indices: readonly number[]): void {
    for (const index of indices) {
      const { symbol, left, right } = expression.plan.operations.at(index)!
      const refusal = OPERATIONS.get(symbol)!.refusal(valueOf(expression, left)!, valueOf(expression, right)!)
      if (refusal !== null) return finish(expression, 'failed', refusal, index)
    }
    updateSchedule(expression)
  }

  /** The calculation starts, at its first claim or result, unless it has. */
  function start (expression: ModelExpression): void {
    if (expression.startedAt !== null) return
    expression.status = 'in_progress'
    expression.startedAt = clock.now()
    expression.runningFrom = clock.monotonic()
    if (rules.timeoutMs !== null) expression.deadline = deadlineIn(rules.timeoutMs)
  }

  function makeReadyAgain (
    expression: ModelExpression, index: number, outcome: AttemptOutcome, message?: string
  ): void {
    record({ timed: true })
    endAttempt(expression.tasks[index]!, outcome, clock.now(), message)
    expression.updatedAt = clock.now()
    Object.assign(expression.tasks[index]!, {
      state: 'ready', lease: null, agent: null, claimedAt: null, deadline: null
    })
    makeReady(expression, [index])
  }

  function finish (
    expression: ModelExpression, status: Status, error: string | null, failed: number | null = null, message = ''
  ): void {
    if (status !== 'completed') record({ timed: true })
    expression.status = status
    expression.error = error
    expression.failed = failed
    expression.finishedAt = clock.now()
    expression.updatedAt = clock.now()
    expression.deadline = null
    for (const [index, task] of expression.tasks.entries()) {
      task.deadline = null
      if (task.state === 'completed') continue
      if (index === failed) endAttempt(task, 'failed', clock.now(), message)
      else endAttempt(task, 'cancelled', clock.now())
      task.state = index === failed ? 'failed' : 'dropped'
      task.lease = null
    }
    updateSchedule(expression)
    model.world.finished.push(expression.id)
    deleteOldest()
  }

  function deleteOldest (): void {
    const { world } = model
    while (world.finished.length > rules.retain) {
      const oldest = world.finished.shift()
      world.expressions = world.expressions.filter(({ id }) => id !== oldest)
      record({ timed: false })
    }
  }
}

export function valueOf ({ tasks }: ModelExpression, operand: Operand): number | null {
  return typeof operand === 'number' ? operand : tasks[operand.of]!.value
}
