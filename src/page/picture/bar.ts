import { isLost } from '../model/figures.js'
import type { Attempt } from '../model/record.js'
import type { Lane } from '../model/lanes.js'
import type { Timeline } from '../model/timeline.js'

/** Where a bar is in the task stream, in px. */
export interface Bar {
  readonly attempt: Attempt
  readonly lane: number
  readonly x: number
  readonly y: number
  readonly width: number
  /** Where the next attempt of the operation begins, after this one was lost; null where none has. */
  readonly againX: number | null
}

export const ROW = 38
export const BAR_HEIGHT = 30
export const AXIS = 30
/** So that an attempt of no time is seen. */
const MIN_WIDTH = 2

export interface Scale {
  readonly left: number
  readonly perMs: number
  readonly fromMs: number
}

export function scaleOf ({ fromMs, toMs }: Timeline, left: number, width: number): Scale {
  return { left, perMs: (width - left) / (toMs - fromMs), fromMs }
}

export function xOf ({ left, perMs, fromMs }: Scale, atMs: number): number {
  return left + (atMs - fromMs) * perMs
}

/** The bars of a moment: attempts that have begun, up to the moment, of the lanes from one index up to another. */
export function barsOf (lanes: readonly Lane[], scale: Scale, atMs: number, from = 0, to = lanes.length): Bar[] {
  const nextStart = nextStartsOf(lanes)
  return lanes.slice(from, to).flatMap(({ attempts }, offset) => attempts.filter(begun).map(attempt => {
    const lane = from + offset
    const x = xOf(scale, attempt.fromMs)
    const end = Math.min(attempt.toMs ?? atMs, atMs)
    const againMs = nextStart.get(attempt)
    return {
      attempt,
      lane,
      x,
      y: AXIS + lane * ROW + (ROW - BAR_HEIGHT) / 2,
      width: Math.max(MIN_WIDTH, xOf(scale, end) - x),
      againX: againMs === undefined || againMs > atMs ? null : xOf(scale, againMs)
    }
  }))

  function begun ({ fromMs }: Attempt): boolean {
    return fromMs <= atMs
  }
}

const nextStarts = new WeakMap<readonly Lane[], Map<Attempt, number>>()

/** By attempt that an attempt of the same operation follows: when that one begins. */
function nextStartsOf (lanes: readonly Lane[]): Map<Attempt, number> {
  const known = nextStarts.get(lanes)
  if (known !== undefined) return known
  const last = new Map<number, Attempt>()
  const starts = new Map<Attempt, number>()
  // Only of operations with several.
  const all = lanes.flatMap(({ attempts }) => attempts.filter(({ isOnly }) => !isOnly))
    .sort((one, other) => one.fromMs - other.fromMs)
  for (const attempt of all) {
    const before = last.get(attempt.operation)
    if (before !== undefined) starts.set(before, attempt.fromMs)
    last.set(attempt.operation, attempt)
  }
  nextStarts.set(lanes, starts)
  return starts
}

/** completed: it gave the result. lost: in vain. cancelled: ended by something else, or given back. */
export type BarState = 'running' | 'completed' | 'lost' | 'cancelled'

export function stateOf ({ toMs, outcome }: Attempt, atMs: number): BarState {
  if (toMs === null || toMs > atMs) return 'running'
  if (isLost(outcome)) return 'lost'
  return outcome === 'completed' ? 'completed' : 'cancelled'
}

/** Narrower bars are drawn without a gap between them, in px. */
const LEAST_GAPPED = 4

/** The width in px with which a bar is drawn: neighbours of some width have a gap, others would consist of gaps. */
export function shownWidth (width: number): number {
  return width > LEAST_GAPPED ? width - 1 : width
}

/** A rectangle of a lane, in px. */
export interface Stripe {
  readonly state: BarState
  readonly x: number
  readonly y: number
  readonly width: number
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** A gap between narrow bars that would not be seen, in px. */
const UNSEEN = 0.5

/**
 * What a canvas draws: narrow bars that touch and are in the same state are one rectangle, so that what is drawn is
 * bounded by the size of the picture.
 *
 * @param bars those of a lane together, in the order of their starts
 */
export function stripesOf (bars: readonly Bar[], atMs: number): Stripe[] {
  const stripes: Stripe[] = []
  let last: Writable<Stripe> | null = null
  for (const { attempt, x, y, width } of bars) {
    const state = stateOf(attempt, atMs)
    const isNarrow = width <= LEAST_GAPPED
    if (last !== null && isNarrow && last.y === y && last.state === state && x <= last.x + last.width + UNSEEN) {
      last.width = Math.max(last.width, x + width - last.x)
      continue
    }
    const stripe: Writable<Stripe> = { state, x, y, width: shownWidth(width) }
    stripes.push(stripe)
    last = isNarrow ? stripe : null
  }
  return stripes
}

/** Names a bar in its picture. */
export function keyOf ({ attempt: { operation, fromMs, number } }: Pick<Bar, 'attempt'>): string {
  return `${operation}-${fromMs}-${number}`
}
