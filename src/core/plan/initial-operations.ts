import { operandFailureOf } from '../queue/failure.js'
import type { InitialOperations, Operation, Plan } from './plan.js'

/** The operations that a plan begins with: precomputed, or found by a walk through it. */
export function initialOperationsOf ({ operations, precomputed }: Plan): InitialOperations {
  if (precomputed !== undefined) return precomputed
  const indices: number[] = []
  for (let index = 0; index < operations.length; index++) {
    const { left, right } = operations.at(index)!
    if (typeof left === 'number' && typeof right === 'number') indices.push(index)
  }
  indices.sort((one, other) => operations.at(other)!.pathMs - operations.at(one)!.pathMs || one - other)
  return groupReady(index => operations.at(index)!, indices)
}

/** @param ready the operations whose operands are numbers, in the order in which they are claimed */
export function groupReady (operationAt: (index: number) => Operation, ready: Iterable<number>): InitialOperations {
  const bySymbol = new Map<string, number[]>()
  let refused: number | null = null
  for (const index of ready) {
    const { symbol, left, right } = operationAt(index)
    if ((refused === null || index < refused) && operandFailureOf(symbol, left as number, right as number) !== null) {
      refused = index
    }
    const list = bySymbol.get(symbol)
    if (list === undefined) bySymbol.set(symbol, [index])
    else list.push(index)
  }
  return { ready: bySymbol, refused }
}
