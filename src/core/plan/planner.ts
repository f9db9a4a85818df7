import { domainError } from '../errors.js'
import { quote } from '../language/lexer.js'
import type { Limits } from '../language/limits.js'
import { CONSTANTS, missingVariable } from '../language/names.js'
import { parse } from '../language/parser.js'
import type { FunctionCall, Name, SourceRange, Syntax } from '../language/syntax.js'
import { NO_VARIABLES, type Variables } from '../language/variables.js'
import { operationOf } from '../operations.js'
import { type Draft, type Pass, type Times, effortOf } from './draft.js'
import { type ListedPlan, type Operand, type OperationSeed, createPlan } from './plan.js'

export interface PlanOptions {
  readonly times: Times
  readonly limits: Limits
  /** Without them, only constants have a value. */
  readonly variables?: Variables
  /** What makes the plan better, in this order; nothing unless it is said. */
  readonly passes?: readonly Pass[]
}

/**
 * The way from a source text to its plan. The limits hold for the plan as it was written, so that
 * passes change nothing about what is accepted.
 *
 * @throws DomainError only, each with `position` and `length` (UTF-16 units) in its data: what
 *   `parse` refuses, `variable_missing`, `arguments_missing`, `plan_too_large`, `plan_too_deep`.
 */
export function planExpression (source: string, options: PlanOptions): ListedPlan {
  const written = draftPlan(parse(source, options.limits), options)
  const { passes = [], times } = options
  if (passes.length === 0) return createPlan(written.operations, written.result)
  const { operations, result } = passes.reduce((draft, pass) => pass(draft, times), written)
  return createPlan(operations, result, effortOf(written))
}

/**
 * The operations of a syntax, one to one: a minus before a number makes a number, before anything
 * else a subtraction from 0; names become their numbers; a function of many arguments becomes a
 * balanced tree of operations. Linear in time.
 *
 * @throws DomainError `variable_missing`, `arguments_missing`, `plan_too_large`, `plan_too_deep`.
 */
export function draftPlan (
  syntax: Syntax, { times, limits, variables = NO_VARIABLES }: Omit<PlanOptions, 'passes'>
): Draft {
  const operations: OperationSeed[] = []
  /** Length of the longest chain that ends with each operation. */
  const depths: number[] = []
  /** What each node comes to. */
  const operands: Operand[] = []

  function depthOf (operand: Operand): number {
    return typeof operand === 'number' ? 0 : depths[operand.of]!
  }

  function operate (symbol: string, left: Operand, right: Operand, range: SourceRange): Operand {
    const { position, length } = range
    const depth = Math.max(depthOf(left), depthOf(right)) + 1
    if (operations.length === limits.operations) {
      throw domainError('plan_too_large', { position, length, limit: limits.operations })
    }
    if (depth > limits.planDepth) {
      throw domainError('plan_too_deep', { position, length, limit: limits.planDepth })
    }
    depths.push(depth)
    return { of: operations.push({ symbol, left, right, timeMs: times.get(symbol) ?? 0, range }) - 1 }
  }

  function apply (call: FunctionCall): Operand {
    const { symbol } = call
    const { arity, call: { byDefault } = {} } = operationOf(symbol)
    const given = call.operands.map(index => operands[index]!)
    if (given.length === 1 && arity === 1) return operate(symbol, given[0]!, 0, call)
    if (given.length === 1 && byDefault !== undefined) return operate(symbol, given[0]!, byDefault, call)
    return joinAll(given, (left, right) => operate(symbol, left, right, call))
  }

  function valueOf ({ name, ...range }: Name): number {
    const value = variables.get(name) ?? CONSTANTS.get(name)
    if (value === undefined) throw missingVariable(name, quote(name), range, variables.keys())
    return value
  }

  for (const node of syntax) {
    switch (node.kind) {
      case 'literal':
        operands.push(node.value)
        break
      case 'name':
        operands.push(valueOf(node))
        break
      case 'negation': {
        const operand = operands[node.operand]!
        operands.push(typeof operand === 'number' ? negated(operand) : operate('-', 0, operand, node))
        break
      }
      case 'operation':
        operands.push(operate(node.symbol, operands[node.left]!, operands[node.right]!, node))
        break
      case 'call':
        operands.push(apply(node))
    }
  }
  return { operations, result: operands.at(-1)! }
}

/** Joins neighbours round after round, until one is left: the depth is the logarithm of the length. */
function joinAll (operands: readonly Operand[], join: (left: Operand, right: Operand) => Operand): Operand {
  let round = operands
  while (round.length > 1) {
    const next: Operand[] = []
    for (let index = 0; index + 1 < round.length; index += 2) next.push(join(round[index]!, round[index + 1]!))
    if (round.length % 2 === 1) next.push(round.at(-1)!)
    round = next
  }
  return round[0]!
}

/** −0 must not get into a plan: JSON and SQL do not keep it. */
function negated (value: number): number {
  return value === 0 ? 0 : -value
}
