import type { Clock } from '../../core/clock.js'
import type { Started, Transition } from '../../core/queue/transition.js'
import type { Ledger } from '../../core/queue/ledger.js'

/** A wall clock that gains or loses this much (ms) between two transitions was set, and did not drift. */
const SET_MS = 1_000

export type ClockGaps = ReturnType<typeof createClockGaps>

/**
 * Keeps gaps out of the time that calculations have taken. That time is the sum of differences between wall times in
 * the journal, so a `start` transition marks each gap: where a process began, and where the wall clock was set.
 *
 * The first gap is the start of this process, which is written with its first transition.
 */
export function createClockGaps (clock: Clock, ledger: Ledger, append: (transition: Transition) => void) {
  let unwritten: Started | null = begin()
  let offset = clock.now() - clock.monotonic()

  function begin (): Started {
    const started: Started = { do: 'start', at: clock.now() }
    ledger.apply(started)
    return started
  }

  /** To be called before each transition is appended; appends a `start` where there is a gap. */
  function beforeAppend (): void {
    if (unwritten !== null) append(unwritten)
    unwritten = null
    const was = offset
    offset = clock.now() - clock.monotonic()
    if (Math.abs(offset - was) > SET_MS) append(begin())
  }

  return {
    beforeAppend,

    /** To be called before the last snapshot: all time up to now counts. */
    end (): void {
      if (Math.abs(clock.now() - clock.monotonic() - offset) > SET_MS) beforeAppend()
      ledger.lastAt = clock.now()
    }
  }
}
