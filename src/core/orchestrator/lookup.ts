import type { Clock } from '../clock.js'
import { domainError } from '../errors.js'
import { type Expression, isFinal } from '../expression.js'
import type { Reader, Readers } from './readers.js'
import type { Store } from '../store.js'
import { NO_WAIT, type WaitOptions } from './waiters.js'

export interface LookupOptions {
  readonly store: Pick<Store, 'find' | 'cancel'>
  readonly clock: Pick<Clock, 'monotonic'>
  readonly readers: Readers
  /** While draining, no request waits. */
  readonly isDraining: () => boolean
}

/** Finds expressions for clients, including those that retention deletes while a request waits for them. */
export function createLookup ({ store, clock, readers, isDraining }: LookupOptions) {
  /** The expression as stored, or its final state if it was deleted since the reader began to wait. */
  async function find (id: number, kind?: string, reader?: Reader): Promise<Expression> {
    const expression = await store.find(id) ?? reader?.final ?? null
    const isOther = kind !== undefined && kind !== expression?.kind
    if (expression === null || isOther) throw domainError('expression_unknown', { id })
    return expression
  }

  return {
    /**
     * The expression as soon as it is final or the wait is over; of any kind if none is given.
     *
     * @throws `expression_unknown`
     */
    async expression (id: number, options: WaitOptions = NO_WAIT, kind?: string): Promise<Expression> {
      const until = clock.monotonic() + options.waitMs
      for (;;) {
        const waitMs = until - clock.monotonic()
        if (waitMs <= 0 || isDraining()) return find(id, kind)
        // The wait begins before the look, so that no change between the two is missed.
        const reader = readers.wait(id, { ...options, waitMs })
        try {
          const expression = await find(id, kind, reader)
          if (isFinal(expression.status)) return expression
          const isWoken = await reader.woken
          if (reader.final !== null) return reader.final
          // It may have been woken because a change was missed, and not be final.
          if (!isWoken) return await find(id, kind, reader)
        } finally {
          reader.leave()
        }
      }
    },

    /** Cancels an open expression. @throws `expression_unknown`, `expression_final` */
    async cancel (id: number): Promise<Expression> {
      // Retention may delete it before it is found.
      const reader = readers.wait(id, NO_WAIT)
      try {
        const outcome = await store.cancel(id)
        const expression = await find(id, undefined, reader)
        if (outcome === 'accepted') return expression
        throw domainError('expression_final', { id, status: expression.status })
      } finally {
        reader.leave()
      }
    }
  }
}
