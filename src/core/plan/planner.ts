import { domainError } from '../errors.js'
import type { Limits } from '../language/limits.js'
import { parse } from '../language/parser.js'
import type { Place, Syntax } from '../language/syntax.js'
import { type Operand, type OperationSeed, type Plan, createPlan } from './plan.js'

export interface PlanOptions {
  /** Each operation's time in ms, by symbol; one that is not named takes no time. */
  readonly times: ReadonlyMap<string, number>
  readonly limits: Limits
}

/** A plan in the making, in dependency order: what a pass takes and gives back. */
export interface Draft {
  readonly operations: readonly OperationSeed[]
  readonly result: Operand
}

/**
 * The way from a source text to its plan.
 *
 * @throws DomainError only, each with `position` and `length` (UTF-16 units) in its data: what
 *   `parse` refuses, `plan_too_large`, `plan_too_deep`.
 */
export function planExpression (source: string, options: PlanOptions): Plan {
  const { operations, result } = draftPlan(parse(source, options.limits), options)
  return createPlan(operations, result)
}

/**
 * The operations of a syntax, one to one: a minus before a number makes a number, before anything
 * else a subtraction from 0. Linear in time.
 *
 * @throws DomainError `plan_too_large`, `plan_too_deep`.
 */
export function draftPlan (syntax: Syntax, { times, limits }: PlanOptions): Draft {
  const operations: OperationSeed[] = []
  /** Length of the longest chain that ends with each operation. */
  const depths: number[] = []
  /** What each node comes to. */
  const operands: Operand[] = []

  function depthOf (operand: Operand): number {
    return typeof operand === 'number' ? 0 : depths[operand.of]!
  }

  function operate (symbol: string, left: Operand, right: Operand, { position, length }: Place): Operand {
    const depth = Math.max(depthOf(left), depthOf(right)) + 1
    if (operations.length === limits.operations) {
      throw domainError('plan_too_large', { position, length, limit: limits.operations })
    }
    if (depth > limits.planDepth) {
      throw domainError('plan_too_deep', { position, length, limit: limits.planDepth })
    }
    depths.push(depth)
    return { of: operations.push({ symbol, left, right, timeMs: times.get(symbol) ?? 0 }) - 1 }
  }

  for (const node of syntax) {
    switch (node.kind) {
      case 'literal':
        operands.push(node.value)
        break
      case 'negation': {
        const operand = operands[node.operand]!
        operands.push(typeof operand === 'number' ? negated(operand) : operate('-', 0, operand, node))
        break
      }
      case 'operation':
        operands.push(operate(node.symbol, operands[node.left]!, operands[node.right]!, node))
    }
  }
  return { operations, result: operands.at(-1)! }
}

/** −0 must not get into a plan: JSON and SQL do not keep it. */
function negated (value: number): number {
  return value === 0 ? 0 : -value
}
