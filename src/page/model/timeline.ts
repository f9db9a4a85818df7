import { type Calculation } from './record.js'

/** A span of time as it is drawn, in ms since 1970 of the server's clock. */
export interface Timeline {
  readonly fromMs: number
  readonly toMs: number
}

/** Room after what is drawn, as a share of it. */
const ROOM = 0.04
const MIN_MS = 10

/**
 * From the first claim, or the submission before there is one, to the end: of a final expression when it was final, of
 * another the moment; at least as long as the shortest possible time.
 */
export function timelineOf (calculation: Calculation, boundMs: number, nowMs: number): Timeline {
  const { expression, createdMs, finishedMs } = calculation
  const fromMs = expression.started_at === undefined ? createdMs : Date.parse(expression.started_at)
  const lengthMs = Math.max(MIN_MS, boundMs, (finishedMs ?? nowMs) - fromMs)
  return { fromMs, toMs: fromMs + lengthMs * (1 + ROOM) }
}

/** Round times within a timeline, in ms after its start, about so many. */
export function ticksOf ({ fromMs, toMs }: Timeline, most: number): number[] {
  const lengthMs = toMs - fromMs
  const rough = lengthMs / Math.max(1, most)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(each => each * power).find(each => each >= rough) ?? rough
  return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, index) => index * step)
}
