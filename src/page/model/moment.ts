import type { Operation } from '../../client/index.js'
import { isLost } from './figures.js'
import { type Attempt, type Calculation, attemptsOf, completionOf, operationWith } from './record.js'

/**
 * What an operation is at a moment. waiting: for its operands. ready: to be claimed. expired: to be claimed again,
 * since its lease expired or its agent reported an error. dropped: its expression is final without it.
 */
export type Phase = 'waiting' | 'ready' | 'running' | 'expired' | 'completed' | 'failed' | 'dropped'

export interface Moment {
  readonly phase: Phase
  /** The open attempt while it runs; else the last one that has begun. */
  readonly attempt: Attempt | null
  /** Attempts that were in vain. */
  readonly lost: number
  /** Of the time that it takes, how much has passed while it runs; from 0 to 1. */
  readonly progress: number
  /** Once it is completed. */
  readonly value: number | null
  /** When it was completed, in ms; null before. */
  readonly completedMs: number | null
}

/** An operation at a moment, in ms since 1970 of the server's clock. */
export function momentOf (calculation: Calculation, operation: Operation, atMs: number): Moment {
  const begun = attemptsOf(operation).filter(({ fromMs }) => fromMs <= atMs)
  const attempt = begun.at(-1) ?? null
  const lost = begun.filter(({ toMs, outcome }) => toMs !== null && toMs <= atMs && isLost(outcome)).length
  const completedMs = completionOf(operation)
  if (completedMs !== null && completedMs <= atMs) {
    return { phase: 'completed', attempt, lost, progress: 1, value: operation.value, completedMs }
  }
  const open = begun.filter(({ toMs }) => toMs === null || toMs > atMs).at(-1)
  const phase = open === undefined ? phaseWithoutAttempt(calculation, operation, lost, atMs) : 'running'
  const progress = open === undefined ? 0 : progressOf(open, operation.time_ms, atMs)
  return { phase, attempt: open ?? attempt, lost, progress, value: null, completedMs: null }
}

function phaseWithoutAttempt (calculation: Calculation, operation: Operation, lost: number, atMs: number): Phase {
  const { finishedMs } = calculation
  if (finishedMs !== null && finishedMs <= atMs) return operation.state === 'failed' ? 'failed' : 'dropped'
  const isReady = operation.sources.every(id => id === null || isCompleted(calculation, id, atMs))
  return !isReady ? 'waiting' : lost > 0 ? 'expired' : 'ready'
}

function isCompleted (calculation: Calculation, id: number, atMs: number): boolean {
  const operation = operationWith(calculation, id)
  const completedMs = operation === undefined ? null : completionOf(operation)
  return completedMs !== null && completedMs <= atMs
}

function progressOf ({ fromMs }: Attempt, timeMs: number, atMs: number): number {
  return timeMs === 0 ? 1 : Math.min(1, Math.max(0, (atMs - fromMs) / timeMs))
}
