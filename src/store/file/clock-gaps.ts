import type { Clock } from '../../core/clock.js'
import type { Started, Transition } from '../../core/queue/transition.js'
import type { Ledger } from '../../core/queue/ledger.js'

/**
 * Keeps what does not count out of the time that calculations have taken. That time is the
 * difference of wall times in the journal, so a `start` transition stands wherever these do not
 * follow one another: where a process began, and where the wall clock was set.
 */
export interface ClockGaps {
  /** To be called before each transition is kept; writes a `start` before it where one is due. */
  beforeAppend (): void
  /** The process is about to end: all time up to now counts. */
  end (): void
}

/** A wall clock that gains or loses this much (ms) between two transitions was set, and did not drift. */
const SET_MS = 1_000

/** Begins with the start of this process, which is written with its first transition. */
export function createClockGaps (clock: Clock, ledger: Ledger, append: (transition: Transition) => void): ClockGaps {
  let unwritten: Started | null = begin()
  let offset = clock.now() - clock.monotonic()

  function begin (): Started {
    const started: Started = { do: 'start', at: clock.now() }
    ledger.apply(started)
    return started
  }

  function note (): void {
    if (unwritten !== null) append(unwritten)
    unwritten = null
    const was = offset
    offset = clock.now() - clock.monotonic()
    if (Math.abs(offset - was) > SET_MS) append(begin())
  }

  return {
    beforeAppend: note,

    end () {
      if (Math.abs(clock.now() - clock.monotonic() - offset) > SET_MS) note()
      ledger.lastAt = clock.now()
    }
  }
}
