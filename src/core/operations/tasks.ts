import { type OperationDefinition, neverRefused } from './definition.js'

/**
 * Work that is no calculation: it takes its time, and what it comes to is the time that it took. Its operand is how
 * long that should be, in ms, so that a task says all of it. Not part of the language.
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
