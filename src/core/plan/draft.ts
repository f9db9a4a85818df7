import type { Effort, Operand, OperationSeed } from './plan.js'

/** A plan that passes still rewrite, in dependency order. */
export interface Draft {
  readonly operations: readonly OperationSeed[]
  readonly result: Operand
}

/** Each operation's time in ms, by symbol; one that is not named takes no time. */
export type Times = ReadonlyMap<string, number>

/**
 * Rewrites a plan so that it gives the same result bit for bit, and a failure where there was one. Linear or n log n in
 * time, without recursion.
 */
export type Pass = (draft: Draft, times: Times) => Draft

/** Collects the operations of a new draft, in dependency order. */
export function createBuilder () {
  const operations: OperationSeed[] = []
  return {
    operations,
    add (seed: OperationSeed): Operand {
      return { of: operations.push(seed) - 1 }
    }
  }
}

/** The effort of a draft as it is. Linear in time. */
export function effortOf ({ operations }: Draft): Effort {
  let workMs = 0
  let spanMs = 0
  const finish = new Float64Array(operations.length)
  const finishOf = (operand: Operand): number => typeof operand === 'number' ? 0 : finish[operand.of]!
  operations.forEach(({ left, right, timeMs }, index) => {
    finish[index] = Math.max(finishOf(left), finishOf(right)) + timeMs
    workMs += timeMs
    spanMs = Math.max(spanMs, finish[index]!)
  })
  return { workMs, spanMs }
}
