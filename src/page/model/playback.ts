import { type Calculation } from './record.js'

/** Which moment of an expression is shown. Times of the page are of its own clock, in ms. */
export type Playback =
  /** The present, or the end of a final expression. */
  | { readonly mode: 'live' }
  | { readonly mode: 'paused', readonly atMs: number }
  /** From a moment on, so many times as fast as it was. */
  | { readonly mode: 'playing', readonly fromMs: number, readonly sinceMs: number, readonly speed: number }

export const LIVE: Playback = { mode: 'live' }

export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10] as const

/** The last moment that there is, in ms since 1970 of the server's clock. */
export function lastMoment ({ finishedMs, createdMs }: Calculation, serverNowMs: number | null): number {
  return finishedMs ?? Math.max(createdMs, serverNowMs ?? createdMs)
}

/** The moment that is shown, between the submission and the last moment. */
export function shownMoment (
  playback: Playback, calculation: Calculation, serverNowMs: number | null, pageNowMs: number
): number {
  const last = lastMoment(calculation, serverNowMs)
  if (playback.mode === 'live') return last
  const atMs = playback.mode === 'paused'
    ? playback.atMs
    : playback.fromMs + (pageNowMs - playback.sinceMs) * playback.speed
  return Math.min(last, Math.max(calculation.createdMs, atMs))
}

/** Plays on from a moment; from the beginning when the moment is the end. */
export function playFrom (atMs: number, calculation: Calculation, speed: number, pageNowMs: number): Playback {
  const isAtEnd = calculation.finishedMs !== null && atMs >= calculation.finishedMs
  return { mode: 'playing', fromMs: isAtEnd ? calculation.createdMs : atMs, sinceMs: pageNowMs, speed }
}

/** Whether the shown moment changes by itself. */
export function isMoving (playback: Playback, calculation: Calculation, atMs: number): boolean {
  if (playback.mode === 'paused') return false
  return calculation.finishedMs === null || atMs < calculation.finishedMs
}
