import type { Clock } from './clock.js'
import { domainError } from './errors.js'
import { type Expression, isFinal } from './expression.js'
import { IMPATIENT, type Patience } from './parking.js'
import type { Reader, Readers } from './readers.js'
import type { Store } from './store.js'

/** Answers single expressions, and how they end also where the store forgets them in that moment. */
export interface Answers {
  /** As `Orchestrator.expression` says. */
  expression (id: number, patience?: Patience, kind?: string): Promise<Expression>
  /** As `Orchestrator.cancel` says. */
  cancel (id: number): Promise<Expression>
}

export interface AnswersOptions {
  readonly store: Pick<Store, 'find' | 'cancel'>
  readonly clock: Pick<Clock, 'monotonic'>
  /** They are woken by others. */
  readonly readers: Pick<Readers, 'wait'>
  /** Whether waiting is over for good. */
  readonly isOver: () => boolean
}

/** For a wait that ends by itself. */
const LONG: Patience = { waitMs: 60_000 }

export function createAnswers ({ store, clock, readers, isOver }: AnswersOptions): Answers {
  /** As it stands, or as it ended if it is forgotten since a reader has its place. */
  async function known (id: number, kind?: string, reader?: Reader): Promise<Expression> {
    const expression = await store.find(id) ?? reader?.final ?? null
    const isOther = kind !== undefined && kind !== expression?.kind
    if (expression === null || isOther) throw domainError('expression_unknown', { id })
    return expression
  }

  return {
    async expression (id, patience = IMPATIENT, kind) {
      const until = clock.monotonic() + patience.waitMs
      for (;;) {
        const waitMs = until - clock.monotonic()
        if (waitMs <= 0 || isOver()) return known(id, kind)
        // A place is taken before the look, so that a change between the look and the wait is not missed.
        const reader = readers.wait(id, { ...patience, waitMs })
        try {
          const expression = await known(id, kind, reader)
          if (isFinal(expression.status)) return expression
          const isWoken = await reader.woken
          if (reader.final !== null) return reader.final
          // Woken may also mean that something was missed, and not that it is final.
          if (!isWoken) return await known(id, kind)
        } finally {
          reader.leave()
        }
      }
    },

    async cancel (id) {
      // It may be forgotten before it can be looked at.
      const reader = readers.wait(id, LONG)
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
