import type { Clock } from './clock.js'
import type { Expression } from './expression.js'
import { type Parked, type Parking, type Patience, createParking } from './parking.js'

/** Callers that wait for expressions to become final. */
export interface Readers {
  /** Takes a place. Whoever has one is told of everything that happens from now on. */
  wait (id: number, patience: Patience): Reader
  /** Wakes those who wait for an expression; `final` is how it ended, where that is known. */
  wake (id: number, final?: Expression): void
  /** Wakes all of them: anything may have happened. */
  wakeAll (): void
  /** Sends everybody away, now and from now on. */
  clear (): void
}

export interface Reader extends Parked {
  /** How the expression ended, once that was told: it may be forgotten by then. */
  readonly final: Expression | null
}

interface Place {
  final: Expression | null
}

/** @param clock where each caller's alarm is set */
export function createReaders (clock: Pick<Clock, 'after'>): Readers {
  const byId = new Map<number, Parking<Place>>()
  let cleared = false

  function wake (id: number, final: Expression | null): void {
    const parking = byId.get(id)
    if (parking === undefined) return
    byId.delete(id)
    for (const place of parking.all()) place.final = final
    while (parking.wake(() => true) !== undefined);
  }

  return {
    wait (id, patience) {
      const parking = byId.get(id) ?? createParking<Place>(clock)
      if (cleared) parking.clear()
      byId.set(id, parking)
      const place: Place = { final: null }
      const { woken, leave } = parking.park(place, patience)
      return {
        woken,
        leave () {
          leave()
          if (parking.size === 0 && byId.get(id) === parking) byId.delete(id)
        },
        get final () {
          return place.final
        }
      }
    },

    wake: (id, final) => wake(id, final ?? null),

    wakeAll () {
      for (const id of [...byId.keys()]) wake(id, null)
    },

    clear () {
      cleared = true
      for (const parking of byId.values()) parking.clear()
    }
  }
}
