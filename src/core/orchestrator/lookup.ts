import type { Clock } from '../clock.js'
import { domainError } from '../errors.js'
import { type Expression, isFinal } from '../expression.js'
import { NO_WAIT, type WaitOptions } from './waiters.js'
import type { Reader, Readers } from './readers.js'
import type { Store } from '../store.js'

/** Finds expressions for clients, also those that retention deletes while a client waits for them. */
export interface Lookup {
  /** The expression, as soon as it is final or the patience is over. @throws `expression_unknown` */
  expression (id: number, patience?: WaitOptions, kind?: string): Promise<Expression>
  /** Ends it unfinished. @throws `expression_unknown`, `expression_final` */
  cancel (id: number): Promise<Expression>
}

export interface LookupOptions {
  readonly store: Pick<Store, 'find' | 'cancel'>
  readonly clock: Pick<Clock, 'monotonic'>
  readonly readers: Readers
  /** While draining, no client waits. */
  readonly isDraining: () => boolean
}

export function createLookup ({ store, clock, readers, isDraining }: LookupOptions): Lookup {
  /** As it stands, or as it ended if it was deleted since a reader has its place. */
  async function known (id: number, kind?: string, reader?: Reader): Promise<Expression> {
    const expression = await store.find(id) ?? reader?.final ?? null
    const isOther = kind !== undefined && kind !== expression?.kind
    if (expression === null || isOther) throw domainError('expression_unknown', { id })
    return expression
  }

  return {
    async expression (id, patience = NO_WAIT, kind) {
      const until = clock.monotonic() + patience.waitMs
      for (;;) {
        const waitMs = until - clock.monotonic()
        if (waitMs <= 0 || isDraining()) return known(id, kind)
        // A place is taken before the look, so that a change between the look and the wait is not missed.
        const reader = readers.wait(id, { ...patience, waitMs })
        try {
          const expression = await known(id, kind, reader)
          if (isFinal(expression.status)) return expression
          const isWoken = await reader.woken
          if (reader.final !== null) return reader.final
          // Woken may also mean that something was missed, and not that it is final.
          if (!isWoken) return await known(id, kind, reader)
        } finally {
          reader.leave()
        }
      }
    },

    async cancel (id) {
      // It may be deleted before it can be looked at.
      const reader = readers.wait(id, NO_WAIT)
      try {
        const outcome = await store.cancel(id)
        const expression = await known(id, undefined, reader)
        if (outcome === 'accepted') return expression
        throw domainError('expression_final', { id, status: expression.status })
      } finally {
        reader.leave()
      }
    }
  }
}
