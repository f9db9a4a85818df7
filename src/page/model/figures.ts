import { type Attempt, type Calculation, completionOf } from './record.js'
import type { Lane } from './lanes.js'

/** Numbers of an expression at a moment. Times in ms. */
export interface Figures {
  readonly workMs: number
  readonly spanMs: number
  /** Since the first claim; null before. */
  readonly elapsedMs: number | null
  /** Completed work by the time that it took: how many times faster than one slot. Null before any is completed. */
  readonly speedUp: number | null
  /** The most that any number of slots can give: work by span. */
  readonly mostSpeedUp: number
  /** The share of the time of all lanes in which they have worked on attempts that gave results; from 0 to 1. */
  readonly utilisation: number | null
  readonly lanes: number
  /** The shortest time in which these lanes can finish: the span, or an even share of the work (Brent, 1974). */
  readonly boundMs: number
  readonly lost: number
}

export function figuresOf (calculation: Calculation, lanes: readonly Lane[], atMs: number): Figures {
  const { expression: { plan }, operations, finishedMs } = calculation
  const begun = lanes.map(({ attempts }) => attempts.filter(({ fromMs }) => fromMs <= atMs))
    .filter(({ length }) => length > 0)
  const all = begun.flat()
  const startMs = all.reduce((least, { fromMs }) => Math.min(least, fromMs), Infinity)
  const endMs = Math.min(atMs, finishedMs ?? Infinity)
  const elapsedMs = startMs === Infinity ? null : Math.max(0, endMs - startMs)
  let doneMs = 0
  for (const operation of operations) {
    const completedMs = completionOf(operation)
    if (completedMs !== null && completedMs <= atMs) doneMs += operation.time_ms
  }
  const usefulMs = all.reduce((sum, attempt) => sum + usefulOf(attempt, endMs), 0)
  const hasTime = elapsedMs !== null && elapsedMs > 0
  return {
    workMs: plan.work_ms,
    spanMs: plan.span_ms,
    elapsedMs,
    speedUp: hasTime && doneMs > 0 ? doneMs / elapsedMs : null,
    mostSpeedUp: plan.parallelism,
    utilisation: hasTime ? Math.min(1, usefulMs / (elapsedMs * begun.length)) : null,
    lanes: begun.length,
    boundMs: Math.max(plan.span_ms, begun.length === 0 ? 0 : plan.work_ms / begun.length),
    lost: all.filter(({ toMs, outcome }) => toMs !== null && toMs <= atMs && isLost(outcome)).length
  }
}

function usefulOf ({ fromMs, toMs, outcome }: Attempt, endMs: number): number {
  return outcome !== null && outcome !== 'completed' ? 0 : Math.max(0, Math.min(toMs ?? endMs, endMs) - fromMs)
}

/** Whether an attempt was in vain: its lease expired, or its agent reported an error. */
export function isLost (outcome: Attempt['outcome']): boolean {
  return outcome === 'expired' || outcome === 'failed'
}
