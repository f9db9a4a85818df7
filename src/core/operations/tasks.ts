import { type OperationDefinition, neverRefused } from './definition.js'

/**
 * Work that is not a calculation: its operand is how long it should take, in ms, and its result how long it took. Not
 * part of the language.
 */
export const TASKS: readonly OperationDefinition[] = [
  {
    symbol: 'task',
    name: 'named task',
    arity: 1,
    timeSetting: 'TIME_TASK_MS',
    isMeasured: true,
    isNamed: true,
    compute: duration => duration,
    refusal: neverRefused
  }
]
