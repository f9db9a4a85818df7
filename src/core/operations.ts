/**
 * THE table of operations: it drives lexer, parser, planner, agents, settings, the API and
 * `docs/language.md`. It imports nothing but its rows, so that an agent may share it without
 * knowing anything else of core.
 *
 * `compute` does the work, and only agents call it. `refusal` tells from the operands alone that there is no finite
 * result: the orchestrator must know that before the task is claimed, because JSON has no Infinity, so a plain agent
 * could never report it.
 */
import { ARITHMETIC } from './operations/arithmetic.js'
import { type Call, type OperationDefinition, UNARY_PRECEDENCE } from './operations/definition.js'
import { FUNCTIONS } from './operations/functions.js'
import { TASKS } from './operations/tasks.js'
import { TRIGONOMETRY } from './operations/trigonometry.js'

export {
  type Call, type Infix, type OperationDefinition, type RefusalCode, UNARY_PRECEDENCE
} from './operations/definition.js'

/** Every operation by its symbol, in the order in which the API lists them. */
export const OPERATIONS: ReadonlyMap<string, OperationDefinition> =
  new Map([...ARITHMETIC, ...TRIGONOMETRY, ...FUNCTIONS, ...TASKS].map(definition => [definition.symbol, definition]))

/** The operations of an agent that does not say what it can do: the four of the plain contract. */
export const BASIC_SYMBOLS: readonly string[] = ['+', '-', '*', '/']

/** An operation that can be called by name. */
export interface CallableDefinition extends OperationDefinition {
  readonly call: Call
}

/** Every function by each of its names. */
export const CALLABLE: ReadonlyMap<string, CallableDefinition> = new Map([...OPERATIONS.values()]
  .filter(definition => isCallable(definition))
  .flatMap(definition => definition.call.names.map((name): [string, CallableDefinition] => [name, definition])))

function isCallable (definition: OperationDefinition): definition is CallableDefinition {
  return definition.call !== undefined
}

/** The definition of `symbol`; throws for one that is not in the table, which a plan never holds. */
export function operationOf (symbol: string): OperationDefinition {
  const definition = OPERATIONS.get(symbol)
  if (definition === undefined) throw new RangeError(`There is no operation "${symbol}"`)
  return definition
}

/** An operation with its operands, as the language writes it: `1e+308 * 10`, `sqrt(-1)`. */
export function writeOperation (definition: OperationDefinition, left: number, right: number): string {
  const { symbol, arity, infix, call } = definition
  if (infix !== undefined) {
    const first = left < 0 && infix.precedence > UNARY_PRECEDENCE ? `(${left})` : left
    return `${first} ${symbol} ${right}`
  }
  return arity === 1 || right === call?.byDefault ? `${symbol}(${left})` : `${symbol}(${left}, ${right})`
}
