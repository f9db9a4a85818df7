import pg from 'pg'
import type { Clock } from '../../core/clock.js'
import { leaseToken } from '../../core/queue/lease-token.js'
import type { Recovered, Store, StoreRules } from '../../core/store.js'
import { createListeners } from '../listeners.js'
import { createAnnouncements } from './announcements.js'
import { createChangeHints } from './change-hints.js'
import { PACE_MS, createChanges } from './changes.js'
import { clientConfig } from './client-config.js'
import { type Connections, createConnections } from './connections.js'
import { limitFaults } from './faults.js'
import { migrate, requireUnicode } from './migrate.js'
import { createNotifier } from './notifier.js'
import { createLiveness } from './liveness.js'
import { createRescan } from './rescan.js'
import { issuer, register } from './sql/servers.js'
import { totals } from './sql/views.js'
import { call } from './statement.js'
import { createMaintenance } from './maintenance.js'
import { createVerbs } from './verbs.js'

export interface PostgresStoreOptions {
  /** postgres://USER:PASSWORD@HOST:PORT/DATABASE */
  readonly url: string
  /** For the timers of this process. */
  readonly clock: Clock
  readonly rules: StoreRules
  /** Names an attempt, uniquely among all claims. */
  readonly newLease: () => string
  /** Receives the errors that no caller gets. */
  readonly onFault: (error: unknown) => void
  /** The most connections for verbs; one more listens. */
  readonly connections?: number
  /** Replaces the database's clock in leases and in the times that people see, for tests. */
  readonly time?: Pick<Clock, 'now' | 'monotonic'>
  /** How often to look for missed changes while other servers can be heard, in ms; null for never. */
  readonly rescanMs?: number | null
  /** How long a final expression stays at least, in ms, however few are retained: clients may wait for it anywhere. */
  readonly graceMs?: number
  /** How long the statements are apart that read changes, at least, in ms. */
  readonly paceMs?: number
}

/** More connections would not be faster: the work is done on the cores of the database. */
const CONNECTIONS = 10

const RESCAN_MS = 5_000

/** Longer than a server that missed the notification takes to answer its clients. */
const GRACE_MS = 2 * RESCAN_MS

/**
 * The store in PostgreSQL, which any number of servers share. Each verb is one transaction, most of them one message;
 * `docs/postgres.md` describes how they work together.
 *
 * @throws when the database cannot be reached, is not in UTF-8, or has the schema of another version
 */
export async function openPostgresStore (options: PostgresStoreOptions): Promise<Store> {
  const { url, clock, connections: max = CONNECTIONS, time = null } = options
  const onFault = limitFaults(clock, options.onFault)
  await migrateOnce(url)
  const connections = createConnections({ url, max, onFault, time })
  try {
    return await openOn(connections, { ...options, onFault })
  } catch (error) {
    await connections.close()
    throw error
  }
}

async function openOn (connections: Connections, options: PostgresStoreOptions): Promise<Store> {
  const { url, clock, rules, newLease, onFault } = options
  const { rescanMs: everyMs = RESCAN_MS, graceMs = GRACE_MS, paceMs = PACE_MS } = options
  // Read once: the name may be changed only while no server is running.
  const { name: issuedBy } = await connections.row(call(issuer, {}))
  const { id: server } = await connections.row(call(register, {}))
  const context = { ...connections, rules, server, newLease: () => leaseToken(issuedBy, newLease()) }
  const listeners = createListeners()
  const maintenance = createMaintenance(context, clock, graceMs, onFault)
  const hints = createChangeHints(clock, listeners.notify)
  const notifier = createNotifier(context, clock, hints.hear, onFault)
  const announcements = createAnnouncements(rules, listeners.notify, notifier.publish, hints.changed)
  const changes = createChanges(context, { clock, paceMs, life: issuedBy, hints })
  const rescan = createRescan(context, {
    clock, everyMs, isListening: () => liveness.listening, notifyHere: hints.hear, onFault
  })
  const liveness = await createLiveness({
    url,
    context,
    clock,
    receive: notifier.receive,
    onReturn: rescan.rescan,
    onReleased: ready => announcements.announceEffects({ ready, changed: null }),
    onFault
  })
  let closing: Promise<void> | null = null

  async function stop (): Promise<void> {
    rescan.stop()
    hints.stop()
    changes.stop()
    await liveness.stop()
    await notifier.stop()
    await maintenance.stop()
  }

  async function catchUp (): Promise<Recovered> {
    try {
      await maintenance.catchUp()
      return { ...await connections.row(call(totals, {})), leases: liveness.regranted }
    } catch (error) {
      await stop()
      throw error
    }
  }

  const recovered = await catchUp()
  rescan.start()
  return {
    ...createVerbs({ context, issuedBy, announcements, maintenance, changes, isOpen: () => closing === null }),
    recovered,
    serves: () => closing === null && liveness.listening && liveness.healthy,
    watch: listeners.add,
    async close () {
      await (closing ??= stop().then(connections.close))
    }
  }
}

async function migrateOnce (url: string): Promise<void> {
  // Without time limits: a step, or the migration of another server, may take any time.
  const client = new pg.Client({ ...clientConfig(url), query_timeout: 0 })
  // The query under way is rejected with the same error.
  client.on('error', () => {})
  await client.connect()
  try {
    await requireUnicode(client)
    await migrate(client)
  } finally {
    await client.end()
  }
}
