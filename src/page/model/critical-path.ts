import type { Operation } from '../../client/index.js'
import { type Calculation, operationWith, sourcesOf } from './record.js'

/**
 * The ids of the operations on the longest path of a plan (Hu's level, 1961), from the first to the last. Of paths of
 * equal length, the one whose operations have the lowest ids counts.
 */
export function criticalPathOf (calculation: Pick<Calculation, 'operations'>): number[] {
  const dependents = dependentsOf(calculation)
  const path: number[] = []
  let next = longestOf(calculation.operations)
  while (next !== undefined) {
    path.push(next.id)
    const after = (dependents.get(next.id) ?? []).flatMap(id => operationWith(calculation, id) ?? [])
    next = longestOf(after)
  }
  return path
}

function longestOf (operations: readonly Operation[]): Operation | undefined {
  let longest: Operation | undefined
  for (const operation of operations) {
    if (longest === undefined || operation.path_ms > longest.path_ms) longest = operation
  }
  return longest
}

/** The ids of the operations that take an operation, by its id. */
export function dependentsOf ({ operations }: Pick<Calculation, 'operations'>): Map<number, number[]> {
  const dependents = new Map<number, number[]>()
  for (const operation of operations) {
    for (const source of sourcesOf(operation)) {
      const known = dependents.get(source)
      if (known === undefined) dependents.set(source, [operation.id])
      else known.push(operation.id)
    }
  }
  return dependents
}
