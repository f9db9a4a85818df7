import { operationOf } from '../../../src/core/operations.js'
import type { Draft } from '../../../src/core/plan/draft.js'
import type { Operand, OperationSeed } from '../../../src/core/plan/plan.js'

/** Operations as `left symbol right`, an earlier one as `#index`; the result last. */
export function lines ({ operations, result }: Draft): string[] {
  const show = (operand: Operand) => typeof operand === 'number' ? String(operand) : `#${operand.of}`
  return [...operations.map(({ symbol, left, right }) => `${show(left)} ${symbol} ${show(right)}`), show(result)]
}

/** How many operations the longest chain of them has. */
export function depthOf (operations: readonly OperationSeed[]): number {
  const depths: number[] = []
  let deepest = 0
  for (const { left, right } of operations) {
    const depth = 1 + Math.max(...[left, right].map(operand => typeof operand === 'number' ? 0 : depths[operand.of]!))
    depths.push(depth)
    deepest = Math.max(deepest, depth)
  }
  return deepest
}

/** What the plan comes to when agents work it out; null when an operation is refused or has no finite result. */
export function outcome ({ operations, result }: Draft): number | null {
  const values: number[] = []
  const valueOf = (operand: Operand) => typeof operand === 'number' ? operand : values[operand.of]!
  for (const { symbol, left, right } of operations) {
    const operation = operationOf(symbol)
    if (operation.refusal(valueOf(left), valueOf(right)) !== null) return null
    const value = operation.compute(valueOf(left), valueOf(right))
    if (!Number.isFinite(value)) return null
    values.push(value + 0)
  }
  return valueOf(result)
}
