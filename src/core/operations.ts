/**
 * The table of operations. It drives lexer, parser, planner, agents, settings, the API and `docs/language.md`. It
 * imports only its rows, so that agents can use it without the rest of core.
 *
 * Only agents call `compute`. `refusal` recognises from the operands that there is no finite result. The orchestrator
 * needs that before a task is claimed: JSON has no Infinity, so a plain agent could not report it.
 */
import { ARITHMETIC } from './operations/arithmetic.js'
import { type FunctionForm, type OperationDefinition, UNARY_PRECEDENCE } from './operations/definition.js'
import { FUNCTIONS } from './operations/functions.js'
import { TASKS } from './operations/named-task.js'
import { TRIGONOMETRY } from './operations/trigonometry.js'

export {
  type FunctionForm as Call, type Infix, type OperationDefinition, type RefusalCode, UNARY_PRECEDENCE
} from './operations/definition.js'

/** Every operation by symbol, in the order of the API. */
export const OPERATIONS: ReadonlyMap<string, OperationDefinition> =
  new Map([...ARITHMETIC, ...TRIGONOMETRY, ...FUNCTIONS, ...TASKS].map(definition => [definition.symbol, definition]))

/** The symbols for agents that do not list their own. */
export const BASIC_SYMBOLS: readonly string[] = ['+', '-', '*', '/']

/** An operation with a form as a function. */
export interface CallableDefinition extends OperationDefinition {
  readonly call: FunctionForm
}

/** Every function by each of its names. */
export const CALLABLE: ReadonlyMap<string, CallableDefinition> = new Map([...OPERATIONS.values()]
  .filter(definition => isCallable(definition))
  .flatMap(definition => definition.call.names.map((name): [string, CallableDefinition] => [name, definition])))

function isCallable (definition: OperationDefinition): definition is CallableDefinition {
  return definition.call !== undefined
}

/** @throws RangeError for a symbol that is not in the table; plans contain none. */
export function operationOf (symbol: string): OperationDefinition {
  const definition = OPERATIONS.get(symbol)
  if (definition === undefined) throw new RangeError(`Unknown operation "${symbol}"`)
  return definition
}

/** An operation with its operands in the language: `1e+308 * 10`, `sqrt(-1)`. */
export function writeOperation (definition: OperationDefinition, left: number, right: number): string {
  const { symbol, arity, infix, call } = definition
  if (infix !== undefined) {
    const first = left < 0 && infix.precedence > UNARY_PRECEDENCE ? `(${left})` : left
    return `${first} ${symbol} ${right}`
  }
  return arity === 1 || right === call?.byDefault ? `${symbol}(${left})` : `${symbol}(${left}, ${right})`
}
