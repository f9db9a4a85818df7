import { randomUUID } from 'node:crypto'
import { type Static, Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
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
  /** What came on the channel: from a server, this one included, or from anybody. */
  hear (payload: string): void
  /** Sends what was collected, and nothing more. */
  stop (): Promise<void>
}

export const CHANNEL = 'longhand'

/** How long notices are collected, in ms. */
const COLLECT_MS = 5

/** Ids in one notice; PostgreSQL takes 8,000 bytes. */
const MOST_IDS = 300

const Notice = Type.Object({
  from: Type.String(),
  ready: Type.Record(Type.String(), Type.Number()),
  final: Type.Array(Type.Number())
})
type Notice = Static<typeof Notice>

const noticeCheck = TypeCompiler.Compile(Notice)

/** @param listen is told what other servers say */
export function createNotices (
  session: Session, clock: Pick<Clock, 'after'>, listen: (change: Change) => void, onFault: (error: unknown) => void
): Notices {
  const self = randomUUID()
  let ready = new Map<string, number>()
  let finals: number[] = []
  let cancel: (() => void) | null = null

  async function send (): Promise<void> {
    cancel = null
    const notices: Notice[] = [{ from: self, ready: Object.fromEntries(ready), final: finals.slice(0, MOST_IDS) }]
    for (let start = MOST_IDS; start < finals.length; start += MOST_IDS) {
      notices.push({ from: self, ready: {}, final: finals.slice(start, start + MOST_IDS) })
    }
    ready = new Map()
    finals = []
    const calls = notices.map(notice =>
      call(notify, { channel: CHANNEL, payload: JSON.stringify(notice) }, session.moment()))
    await session.run(calls).catch(onFault)
  }

  return {
    tell (change) {
      if (change.type === 'final') finals.push(change.id)
      else if (change.type === 'ready') {
        for (const [symbol, count] of change.counts) ready.set(symbol, (ready.get(symbol) ?? 0) + count)
      // Each server counts, and ends, its own.
      } else return
      cancel ??= clock.after(COLLECT_MS, send)
    },

    hear (payload) {
      const notice = noticeOf(payload)
      // Of another version, or of somebody else: whatever it says, something may have happened.
      if (notice === null) return listen({ type: 'missed' })
      const { from, ready, final } = notice
      if (from === self) return
      const counts = new Map(Object.entries(ready))
      if (counts.size > 0) listen({ type: 'ready', counts })
      for (const id of final) listen({ type: 'final', id })
    },

    async stop () {
      if (cancel === null) return
      cancel()
      await send()
    }
  }
}

/** Anybody who may connect to the database may notify. */
function noticeOf (payload: string): Notice | null {
  let value: unknown
  try {
    value = JSON.parse(payload)
  } catch {
    return null
  }
  return noticeCheck.Check(value) ? value : null
}
