import type { Clock } from '../../core/clock.js'
import type { Session } from './session.js'
import { begin } from './sql/begin.js'
import { delist, idlePlaces, lockPlaces } from './sql/delist.js'
import { fold } from './sql/fold.js'
import { forget } from './sql/forget.js'
import { call } from './statement.js'

/**
 * What is done behind the verbs, by whichever server comes to it: finished expressions beyond those that are kept are
 * let go, and so are places in the line of expressions that have nothing to give; and what a claim had to pass over is
 * made up for.
 */
export interface Upkeep {
  /** The first claim of these had to pass over their rows. */
  begin (expressions: readonly number[]): void
  /** So many expressions have ended. */
  ended (count: number): void
  /** These gave a task, perhaps their last. */
  served (expressions: Iterable<number>): void
  /** What servers that were killed have left. */
  catchUp (): Promise<void>
  /** Fulfilled when nothing is under way any more; nothing begins any more. */
  stop (): Promise<void>
}

/** Looking for what is too much costs as much as is kept; so it is done once for every so many of that. */
const SLACK = 100

/**
 * How long a place in the line stays after it was served, in ms: mostly there is work again by then, and whoever takes
 * a place out makes those wait who have work for it.
 */
const IDLE_MS = 2_000
const EVERY_MS = 1_000

/** How often what connections counted that are gone is added up, in ms. */
const FOLD_MS = 3_600_000

/** How much goes in one transaction. */
const MOST_EXPRESSIONS = 100
const MOST_PLACES = 1_000

export function createUpkeep (
  session: Session, clock: Pick<Clock, 'after' | 'monotonic'>, onFault: (error: unknown) => void, lingerMs: number
): Upkeep {
  const { rules } = session
  const slack = Math.floor(rules.retain / SLACK)
  let finished = 0
  /** When each was served last, the longest ago first. */
  const places = new Map<number, number>()
  let cancelTimer: (() => void) | null = null
  let cancelForget: (() => void) | null = null
  let cancelFold = (): void => {}
  let stopped = false
  const underWay = new Set<Promise<void>>()

  function start (work: () => Promise<void>): void {
    if (stopped) return
    const done = work().catch(onFault).finally(() => underWay.delete(done))
    underWay.add(done)
  }

  /** Those that end until then are not old enough, and have another turn. */
  function forgetLater (): void {
    finished = 0
    if (lingerMs === 0) return start(forgetOldest)
    cancelForget = clock.after(lingerMs, () => {
      cancelForget = null
      start(forgetOldest)
      if (finished > slack) forgetLater()
    })
  }

  async function forgetOldest (): Promise<void> {
    const values = { keep: rules.retain, most: MOST_EXPRESSIONS, linger_ms: lingerMs }
    const [rows] = await session.run([call(forget, values, session.moment())])
    if (rows!.length === MOST_EXPRESSIONS && !stopped) await forgetOldest()
  }

  async function delistIdle (): Promise<void> {
    const until = clock.monotonic() - IDLE_MS
    const candidates: number[] = []
    for (const [expression, servedAt] of places) {
      if (servedAt > until || candidates.length === MOST_PLACES) break
      candidates.push(expression)
      places.delete(expression)
    }
    if (candidates.length > 0) await takeOut(candidates)
    if (places.size > 0) later()
  }

  async function takeOut (candidates: readonly number[]): Promise<void> {
    await session.transaction(async run => {
      const [rows] = await run([call(lockPlaces, { expressions: candidates }, session.moment())])
      const expressions = (rows as ReadonlyArray<{ expression: number }>).map(({ expression }) => expression)
      if (expressions.length > 0) await run([call(delist, { expressions }, session.moment())])
    })
  }

  async function foldRevisions (): Promise<void> {
    await session.run([call(fold, {}, session.moment())])
    if (!stopped) cancelFold = clock.after(FOLD_MS, () => start(foldRevisions))
  }

  function later (): void {
    if (stopped) return
    cancelTimer ??= clock.after(EVERY_MS, () => {
      cancelTimer = null
      start(delistIdle)
    })
  }

  return {
    begin (expressions) {
      if (expressions.length === 0) return
      start(async () => { await session.run([call(begin, { expressions }, session.moment())]) })
    },

    ended (count) {
      finished += count
      if (count > 0 && finished > slack && cancelForget === null && !stopped) forgetLater()
    },

    served (expressions) {
      const now = clock.monotonic()
      for (const expression of expressions) {
        places.delete(expression)
        places.set(expression, now)
      }
      if (places.size > 0) later()
    },

    async catchUp () {
      await foldRevisions()
      await forgetOldest()
      if (lingerMs > 0) forgetLater()
      for (let found = MOST_PLACES; found === MOST_PLACES;) {
        const [rows] = await session.run([call(idlePlaces, { most: MOST_PLACES }, session.moment())])
        const idle = (rows as ReadonlyArray<{ expression: number }>).map(({ expression }) => expression)
        found = idle.length
        if (found > 0) await takeOut(idle)
      }
    },

    async stop () {
      stopped = true
      cancelTimer?.()
      cancelFold()
      cancelForget?.()
      places.clear()
      await Promise.all(underWay)
    }
  }
}
