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

const DAY_MS = 86_400_000
/** Round times between 5 s and a day, which people do not count by tens, in ms. */
const CLOCK_STEPS = [10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400]
  .map(seconds => seconds * 1_000)

/** Round times within a timeline, in ms after its start, about so many. */
export function ticksOf ({ fromMs, toMs }: Timeline, most: number): number[] {
  const lengthMs = toMs - fromMs
  const step = stepOf(lengthMs / Math.max(1, most))
  return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, index) => index * step)
}

/** The least round time that is at least as long. */
function stepOf (ms: number): number {
  if (ms > 5_000 && ms <= DAY_MS) return CLOCK_STEPS.find(each => each >= ms) ?? DAY_MS
  const unitMs = ms > DAY_MS ? DAY_MS : 1
  const power = 10 ** Math.floor(Math.log10(ms / unitMs)) * unitMs
  return [1, 2, 5, 10].map(each => each * power).find(each => each >= ms) ?? ms
}
