import { randomUUID } from 'node:crypto'
import type { Clock } from '../../core/clock.js'
import type { Change } from '../../core/store.js'
import type { Session } from './session.js'
import { notify } from './sql/notify.js'
import { call } from './statement.js'

/**
 * Tells the other servers what their agents and readers may wait for. Only a hint: a notice that is lost is made up for
 * by looking again every few seconds.
 *
 * Notices are collected for some ms and sent by themselves: a transaction that notifies holds a lock over its commit
 * that all of them share, and verbs would commit one after the other.
 */
export interface Notices {
  tell (change: Change): void
  /** What came from a server, this one included. */
  hear (payload: string): void
  stop (): void
}

export const CHANNEL = 'longhand'

/** How long notices are collected, in ms. */
const COLLECT_MS = 5

/** Ids in one notice; PostgreSQL takes 8,000 bytes. */
const MOST_IDS = 300

interface Notice {
  readonly from: string
  readonly ready: Readonly<Record<string, number>>
  readonly final: readonly number[]
}

/** @param listen is told what other servers say */
export function createNotices (
  session: Session, clock: Pick<Clock, 'after'>, listen: (change: Change) => void, onFault: (error: unknown) => void
): Notices {
  const self = randomUUID()
  let ready = new Map<string, number>()
  let finals: number[] = []
  let cancel: (() => void) | null = null

  function send (): void {
    cancel = null
    const notices: Notice[] = [{ from: self, ready: Object.fromEntries(ready), final: finals.slice(0, MOST_IDS) }]
    for (let start = MOST_IDS; start < finals.length; start += MOST_IDS) {
      notices.push({ from: self, ready: {}, final: finals.slice(start, start + MOST_IDS) })
    }
    ready = new Map()
    finals = []
    const calls = notices.map(notice =>
      call(notify, { channel: CHANNEL, payload: JSON.stringify(notice) }, session.moment()))
    session.run(calls).catch(onFault)
  }

  return {
    tell (change) {
      // Each server counts its own.
      if (change.type === 'missed' || change.type === 'expired') return
      if (change.type === 'final') finals.push(change.id)
      else for (const [symbol, count] of change.counts) ready.set(symbol, (ready.get(symbol) ?? 0) + count)
      cancel ??= clock.after(COLLECT_MS, send)
    },

    hear (payload) {
      const { from, ready, final } = JSON.parse(payload) as Notice
      if (from === self) return
      const counts = new Map(Object.entries(ready))
      if (counts.size > 0) listen({ type: 'ready', counts })
      for (const id of final) listen({ type: 'final', id })
    },

    stop () {
      cancel?.()
    }
  }
}
