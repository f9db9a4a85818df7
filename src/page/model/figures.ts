import type { Attempt, Calculation } from './record.js'
import type { Lane } from './lanes.js'

/** Numbers of an expression at a moment. Times in ms. */
export interface Figures {
  readonly workMs: number
  readonly spanMs: number
  /** Since the first claim; null before. */
  readonly elapsedMs: number | null
  /** Of a completed expression, work by the time that it took: how many times faster than one slot. Null before. */
  readonly speedUp: number | null
  /** How many slots have worked on attempts that gave results or go on, on average; null without time. */
  readonly busy: number | null
  /** The most that any number of slots can give: work by span. */
  readonly mostSpeedUp: number
  /** `busy` as a share of the slots; from 0 to 1. */
  readonly utilisation: number | null
  readonly slots: number
  /** The shortest time in which these slots can finish. Of an expression that has finished without any: 0. */
  readonly boundMs: number
  readonly lost: number
}

export function figuresOf (calculation: Calculation, lanes: readonly Lane[], atMs: number): Figures {
  const { expression: { plan, status }, finishedMs } = calculation
  const all = lanes.flatMap(({ attempts }) => attempts.filter(({ fromMs }) => fromMs <= atMs))
  const startMs = all.reduce((least, { fromMs }) => Math.min(least, fromMs), Infinity)
  const endMs = Math.min(atMs, finishedMs ?? Infinity)
  const elapsedMs = startMs === Infinity ? null : Math.max(0, endMs - startMs)
  const usefulMs = all.reduce((sum, attempt) => sum + usefulOf(attempt, endMs), 0)
  const slots = slotsOf(lanes, endMs)
  const busy = elapsedMs !== null && elapsedMs > 0 ? usefulMs / elapsedMs : null
  const isCompleted = status === 'completed' && finishedMs !== null && finishedMs <= atMs
  return {
    workMs: plan.work_ms,
    spanMs: plan.span_ms,
    elapsedMs,
    speedUp: isCompleted && elapsedMs !== null && elapsedMs > 0 ? plan.work_ms / elapsedMs : null,
    busy,
    mostSpeedUp: plan.parallelism,
    utilisation: busy === null || slots === 0 ? null : Math.min(1, busy / slots),
    slots,
    boundMs: elapsedMs === null && finishedMs !== null && finishedMs <= atMs ? 0 : boundOf(calculation, slots),
    lost: all.filter(({ toMs, outcome }) => toMs !== null && toMs <= atMs && isLost(outcome)).length
  }
}

/** In ms: the span, or an even share of the work (Brent, 1974). */
export function boundOf ({ expression: { plan } }: Calculation, slots: number): number {
  return Math.max(plan.span_ms, slots === 0 ? 0 : plan.work_ms / slots)
}

/**
 * The most slots that were open at the same time, up to a moment: a slot from the start of its first attempt to the end
 * of its last. One whose last lease expired counts up to the start of that lease: its agent has gone, and the agent in
 * its place has a slot of its own.
 */
export function slotsOf (lanes: readonly Lane[], atMs: number): number {
  const changes = lanes.flatMap(({ attempts }) => {
    const begun = attempts.filter(({ fromMs }) => fromMs <= atMs)
    const kept = begun.findLastIndex(({ toMs, outcome }) => toMs === null || toMs > atMs || outcome !== 'expired')
    if (kept < 0) return []
    const toMs = begun[kept]!.toMs ?? Infinity
    return [{ ms: begun[0]!.fromMs, by: 1 }, { ms: toMs > atMs ? Infinity : toMs, by: -1 }]
  })
  // A slot that ends leaves its place to one that begins.
  changes.sort((one, other) => one.ms - other.ms || one.by - other.by)
  let [open, most] = [0, changes.length > 0 ? 1 : 0]
  for (const { by } of changes) most = Math.max(most, open += by)
  return most
}

function usefulOf ({ fromMs, toMs, outcome }: Attempt, endMs: number): number {
  // How an attempt ends is not known before.
  const isInVain = toMs !== null && toMs <= endMs && outcome !== 'completed'
  return isInVain ? 0 : Math.max(0, Math.min(toMs ?? endMs, endMs) - fromMs)
}

/** Whether an attempt was in vain: its lease expired, or its agent reported an error. */
export function isLost (outcome: Attempt['outcome']): boolean {
  return outcome === 'expired' || outcome === 'failed'
}
