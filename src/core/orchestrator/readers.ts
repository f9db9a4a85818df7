import type { Clock } from '../clock.js'
import type { Expression } from '../expression.js'
import { NO_WAIT, type Waiter, type Waiters, type WaitOptions, createWaiters } from './waiters.js'

/** Callers that wait for expressions to become final. */
export interface Readers {
  /** Takes a place: from now on it is told how the expression ends, also after its patience is over. */
  wait (id: number, patience: WaitOptions): Reader
  /** Wakes the callers that wait for an expression; `final` is how it ended, where that is known. */
  wake (id: number, final?: Expression): void
  /** Wakes all of them: anything may have happened. */
  wakeAll (): void
  /** Ends every wait, now and from now on. */
  clear (): void
}

export interface Reader extends Waiter {
  /** How the expression ended, once that was told: it may be forgotten by then. */
  readonly final: Expression | null
}

interface Place {
  final: Expression | null
}

/** The callers of one expression. */
interface Room {
  readonly parking: Waiters<Place>
  /** Those that wait no longer included. */
  readonly places: Set<Place>
}

/** @param clock where each caller's alarm is set */
export function createReaders (clock: Pick<Clock, 'after'>): Readers {
  const rooms = new Map<number, Room>()
  let cleared = false

  function wake ({ parking }: Room): void {
    while (parking.wake(() => true) !== undefined);
  }

  return {
    wait (id, patience) {
      const room = rooms.get(id) ?? { parking: createWaiters<Place>(clock), places: new Set() }
      rooms.set(id, room)
      const place: Place = { final: null }
      room.places.add(place)
      const { woken, leave } = room.parking.wait(place, cleared ? NO_WAIT : patience)
      return {
        woken,
        leave () {
          leave()
          if (room.places.delete(place) && room.places.size === 0) rooms.delete(id)
        },
        get final () {
          return place.final
        }
      }
    },

    wake (id, final) {
      const room = rooms.get(id)
      if (room === undefined) return
      if (final !== undefined) for (const place of room.places) place.final = final
      wake(room)
    },

    wakeAll () {
      for (const room of rooms.values()) wake(room)
    },

    clear () {
      cleared = true
      for (const { parking } of rooms.values()) parking.clear()
    }
  }
}
