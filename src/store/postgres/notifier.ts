import { randomUUID } from 'node:crypto'
import { type Static, Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { Clock } from '../../core/clock.js'
import type { Change } from '../../core/store.js'
import type { StoreContext } from './context.js'
import { notify } from './sql/servers.js'
import { call } from './statement.js'

export const CHANNEL = 'longhand'

/** How long changes are collected, in ms. */
const COLLECT_MS = 5

/** Ids in one notification; PostgreSQL takes 8,000 bytes. */
const MOST_IDS = 300

const Notification = Type.Object({
  from: Type.String(),
  ready: Type.Record(Type.String(), Type.Number()),
  final: Type.Array(Type.Number())
})
type Notification = Static<typeof Notification>

const notificationCheck = TypeCompiler.Compile(Notification)

/**
 * Notifies the other servers of changes that their agents and readers may wait for. Notifications are hints: a rescan
 * every few seconds makes up for lost ones.
 *
 * They are collected for some ms and sent by themselves: the commit of a transaction that notifies takes a lock that
 * all such transactions share, so that verbs would commit one after the other.
 *
 * @param listen receives the changes of other servers
 */
export function createNotifier (
  { run }: StoreContext, clock: Pick<Clock, 'after'>, listen: (change: Change) => void,
  onFault: (error: unknown) => void
) {
  const self = randomUUID()
  let ready = new Map<string, number>()
  let finals: number[] = []
  let cancel: (() => void) | null = null

  async function send (): Promise<void> {
    cancel = null
    const notifications: Notification[] =
      [{ from: self, ready: Object.fromEntries(ready), final: finals.slice(0, MOST_IDS) }]
    for (let start = MOST_IDS; start < finals.length; start += MOST_IDS) {
      notifications.push({ from: self, ready: {}, final: finals.slice(start, start + MOST_IDS) })
    }
    ready = new Map()
    finals = []
    const calls = notifications.map(notification =>
      call(notify, { channel: CHANNEL, payload: JSON.stringify(notification) }))
    await run(calls).catch(onFault)
  }

  return {
    /** Collects a change of a type that concerns other servers; ignores the others. */
    publish (change: Change) {
      if (change.type === 'final') finals.push(change.id)
      else if (change.type === 'ready') {
        for (const [symbol, count] of change.counts) ready.set(symbol, (ready.get(symbol) ?? 0) + count)
      } else return
      cancel ??= clock.after(COLLECT_MS, send)
    },

    /** @param payload from any server, this one included, or from another program */
    receive (payload: string) {
      const notification = parse(payload)
      // From another version or another program; anything may have happened.
      if (notification === null) return listen({ type: 'missed' })
      const { from, ready, final } = notification
      if (from === self) return
      const counts = new Map(Object.entries(ready))
      if (counts.size > 0) listen({ type: 'ready', counts })
      for (const id of final) listen({ type: 'final', id })
    },

    /** Sends what was collected. Nothing is sent after it. */
    async stop () {
      if (cancel === null) return
      cancel()
      await send()
    }
  }
}

/** Any role that can connect to the database can notify. */
function parse (payload: string): Notification | null {
  let value: unknown
  try {
    value = JSON.parse(payload)
  } catch {
    return null
  }
  return notificationCheck.Check(value) ? value : null
}
