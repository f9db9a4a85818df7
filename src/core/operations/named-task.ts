import { type OperationDefinition, neverRefused } from './definition.js'

/**
 * Work that only takes time. The operand is the requested duration in ms, and the result the measured one. Not part of
 * the language.
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
