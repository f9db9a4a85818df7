import { isDeepStrictEqual } from 'node:util'
import type { ListedExpression } from '../../../src/core/expression.js'
import { OPERATIONS } from '../../../src/core/operations.js'
import type { Operand } from '../../../src/core/plan/plan.js'
import type { EndedAttempt } from '../../../src/core/queue/calculation.js'
import type { Store } from '../../../src/core/store.js'
import type { Model } from './model.js'
import type { ModelExpression } from './world.js'

/** The part of a task that tells which leases the store granted. */
export interface SeenTask {
  readonly lease: string | null
  readonly endedAttempts: readonly EndedAttempt[] | null
}

/** What a store shows of itself. */
export interface Picture {
  readonly load: unknown
  readonly expressions: ReadonlyArray<{ readonly tasks: readonly SeenTask[] }>
}

function entryOf ({ id, kind, status, result, createdAt }: ListedExpression): ListedExpression {
  return { id, kind, status, result, createdAt }
}

/** The picture of a store. */
export async function pictureOfStore (store: Store): Promise<Picture> {
  const list = await store.list({})
  const expressions = await Promise.all(list.map(async listed => {
    const shown = (await store.find(listed.id))!
    const { expression, firstTask, tasks } = (await store.findOperations(listed.id))!
    same(expression, shown, `the operations of ${listed.id}`)
    same(entryOf(listed), entryOf(shown), `the entry of ${listed.id} in the list`)
    const { id, kind, source, status, result, error, createdAt, startedAt, finishedAt, operations } = shown
    const { updatedAt, retrievedAt } = shown
    return {
      id,
      kind,
      source,
      firstTask,
      status,
      result,
      error: error?.code ?? null,
      failed: error?.operation === undefined
        ? null
        : { ...error.operation, position: error.position ?? null, agents: error.agents ?? [] },
      createdAt,
      startedAt,
      finishedAt,
      updatedAt,
      retrievedAt,
      operations,
      tasks: tasks.map(({ state, value, attempts, lease, leaseMs, agent, claimedAt, completedAt, endedAttempts }) =>
        ({ state, value, attempts, lease, leaseMs, agent, claimedAt, completedAt, endedAttempts }))
    }
  }))
  return { load: await store.load(), expressions }
}

/** The picture of the model's world. */
export function pictureOfModel (model: Model): Picture {
  const failedIn = ({ plan, failed, firstTask, tasks }: ModelExpression) => {
    if (failed === null) return null
    const { symbol, left, right } = plan.operations.at(failed)!
    const valueOf = (operand: Operand): number | null =>
      typeof operand === 'number' ? operand : tasks[operand.of]!.value
    return {
      id: firstTask + failed,
      operation: symbol,
      operands: [left, right].slice(0, OPERATIONS.get(symbol)!.arity).map(valueOf),
      position: plan.ranges?.[2 * failed] ?? null,
      agents: tasks[failed]!.ended.flatMap(({ outcome, agent }) => outcome === 'released' ? [] : [agent])
    }
  }
  const show = (expression: ModelExpression) => {
    const { id, kind, source, firstTask, status, result, error, createdAt, startedAt, finishedAt, tasks } = expression
    const { updatedAt, retrievedAt } = expression
    const completed = tasks.filter(({ state }) => state === 'completed').length
    return {
      id,
      kind,
      source,
      firstTask,
      status,
      result,
      error,
      failed: failedIn(expression),
      createdAt,
      startedAt,
      finishedAt,
      updatedAt,
      retrievedAt,
      operations: { total: tasks.length, completed },
      tasks: tasks.map(({ deadline, local, ended, ...task }) =>
        ({ ...task, endedAttempts: ended.length === 0 ? null : [...ended] }))
    }
  }
  return { load: model.load(), expressions: model.world.expressions.map(show) }
}

/** Throws where two values differ. */
export function same (found: unknown, wanted: unknown, what: string): void {
  if (isDeepStrictEqual(found, wanted)) return
  throw new Error(`${what}:\n  ${JSON.stringify(found)}\nexpected\n  ${JSON.stringify(wanted)}`)
}
