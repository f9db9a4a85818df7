import type { Operation, OperationState } from '../../client/index.js'
import type { Lane } from './lanes.js'
import type { Calculation } from './record.js'

/** What is told of a plan that is too large to look at each of its operations all the time. */
export interface Progress {
  readonly running: number
  readonly completed: number
}

/** How many operations are running and completed at a moment, by the attempts alone. */
export function progressOf ({ expression, finishedMs }: Calculation, lanes: readonly Lane[], atMs: number): Progress {
  let [running, completed] = [0, 0]
  for (const { attempts } of lanes) {
    for (const { fromMs, toMs, outcome } of attempts) {
      if (fromMs > atMs) continue
      if (toMs === null || toMs > atMs) running++
      else if (outcome === 'completed') completed++
    }
  }
  const isOver = finishedMs !== null && finishedMs <= atMs
  return { running, completed: isOver ? expression.operations.completed : completed }
}

const FIRST: readonly OperationState[] = ['leased', 'overdue', 'ready']

/**
 * At most so many operations: of a final expression the first by id, of another those that agents work on, then those
 * that are ready, then the first of the others.
 */
export function someOperations ({ operations, finishedMs }: Calculation, most: number): readonly Operation[] {
  if (operations.length <= most || finishedMs !== null) return operations.slice(0, most)
  const some = new Set<Operation>()
  for (const wanted of [...FIRST, null]) {
    for (const operation of operations) {
      if (some.size >= most) return [...some]
      if (wanted === null || operation.state === wanted) some.add(operation)
    }
  }
  return [...some]
}
