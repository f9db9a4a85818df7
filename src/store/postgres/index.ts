import pg from 'pg'
import type { Clock } from '../../core/clock.js'
import { domainError } from '../../core/errors.js'
import { leaseToken, ownOf } from '../../core/queue/lease-token.js'
import { openingOf } from '../../core/plan/opening.js'
import type { Change, ClaimedTask, LeaseRef, Outcome, Store, StoreRules } from '../../core/store.js'
import { createReadyNotice } from '../../core/queue/ready-notice.js'
import { createListeners } from '../listeners.js'
import { clientConfig } from './client.js'
import { type Connections, createConnections } from './connections.js'
import { expire } from './expire.js'
import { createFaults } from './faults.js'
import { createGroup } from './group.js'
import { passedOver } from './claim.js'
import { migrate, requireUnicode } from './migrate.js'
import { CHANNEL, createNotices } from './notifier.js'
import { createPresence } from './liveness.js'
import { registerServer } from './servers.js'
import { createMoments, createSession } from './session.js'
import type { Final } from './report.js'
import { finish } from './sql/finish.js'
import { giveBack } from './sql/give-back.js'
import { issuer as issuerStatement } from './sql/issuer.js'
import { check } from './sql/check.js'
import { renew } from './sql/renew.js'
import { retrieve } from './sql/retrieve.js'
import { call } from './statement.js'
import { createSubmit } from './submit.js'
import { admit } from './submit-large.js'
import { createUpkeep } from './maintenance.js'
import { createViews } from './views.js'

export interface PostgresStoreOptions {
  /** postgres://USER:PASSWORD@HOST:PORT/DATABASE */
  readonly url: string
  /** For the timers of this process. */
  readonly clock: Clock
  readonly rules: StoreRules
  /** Names an attempt; what no claim ever had. */
  readonly newLease: () => string
  /** Told of faults that no caller is told of. */
  readonly onFault: (error: unknown) => void
  /** Connections for verbs, at most; there is one more that listens. */
  readonly connections?: number
  /** Times of leases and of what people see instead of the database's clock, for tests. */
  readonly time?: Pick<Clock, 'now' | 'monotonic'>
  /** How often to look for what was missed, in ms, while others are heard; null for never. */
  readonly lookAgainMs?: number | null
  /** How long a finished expression stays at least, in ms, however few are kept; clients may wait for it anywhere. */
  readonly lingerMs?: number
}

/** Shown in pg_stat_activity. */
const NAME = 'longhand'

/** More connections would not be faster: the database's work is done on its cores. */
const CONNECTIONS = 10

/** How often to look for what was missed, in ms: when others are heard, and when they are not. */
const LOOK_AGAIN_MS = 5_000
const LOOK_AGAIN_DEAF_MS = 1_000

/** Longer than a server needs that has missed the notice, so that its clients have their answer. */
const LINGER_MS = 2 * LOOK_AGAIN_MS

/** So many ready tasks are counted when somebody may have missed them. */
const MOST_MISSED = 1_000

/**
 * The store in PostgreSQL: any number of servers share it. Each verb is one transaction, most of them one message;
 * `docs/postgres.md` tells how they go together.
 *
 * @throws when the database cannot be reached, is not in UTF-8, or its schema is newer than this version
 */
export async function openPostgresStore (options: PostgresStoreOptions): Promise<Store> {
  const { url, clock, connections: max = CONNECTIONS } = options
  const onFault = createFaults(clock, options.onFault)
  await migrateOnce(url, NAME)
  const connections = createConnections({ url, name: NAME, max, onFault })
  try {
    return await openOn(connections, { ...options, onFault })
  } catch (error) {
    await connections.close()
    throw error
  }
}

async function openOn (connections: Connections, options: PostgresStoreOptions): Promise<Store> {
  const { url, clock, rules, newLease, onFault, time = null } = options
  const { lookAgainMs = LOOK_AGAIN_MS, lingerMs = LINGER_MS } = options
  const issuer = await readIssuer(connections)
  const moment = createMoments(time)
  const server = await registerServer(connections.run, moment())
  const session = createSession(connections, rules, () => leaseToken(issuer, newLease()), server, moment)
  const { run } = session
  const listeners = createListeners()
  const upkeep = createUpkeep(session, clock, onFault, lingerMs)
  const { ready: countReady, kept, ...views } = createViews(session)
  const notices = createNotices(session, clock, listeners.notify, onFault)
  const presence = await createPresence({
    url,
    name: NAME,
    session,
    clock,
    channel: CHANNEL,
    hear: notices.hear,
    onReturn: () => { lookAgain().catch(onFault) },
    onReleased: symbols => announce(symbols, []),
    onFault
  })
  const recovered = { ...await kept(), leases: presence.regranted }
  let cancelLook = (): void => {}
  const group = createGroup(session, ({ ready, finals, claimed: rows }, claimed) => {
    announce(ready, finals, claimed)
    announceDeadlines(claimed)
    upkeep.begin(passedOver(rows))
  })
  const submit = createSubmit(session)
  let closing: Promise<void> | null = null

  /** Here at once, and to the other servers in a moment. */
  function tell (change: Change): void {
    listeners.notify(change)
    notices.tell(change)
  }

  /** Notices are only hints; this finds what they did not tell. */
  async function lookAgain (): Promise<void> {
    listeners.notify({ type: 'missed' })
    const counts = await countReady(MOST_MISSED)
    if (counts.size > 0) listeners.notify({ type: 'ready', counts })
  }

  function lookLater (): void {
    if (lookAgainMs === null) return
    cancelLook = clock.after(presence.listening ? lookAgainMs : LOOK_AGAIN_DEAF_MS, () => {
      lookAgain().catch(onFault).finally(() => { if (closing === null) lookLater() })
    })
  }

  /** Tells those who watch what a step has left. */
  function announce (ready: readonly string[], finals: readonly Final[], claimed: readonly ClaimedTask[] = []): void {
    const arrivals = createReadyNotice(tell)
    for (const symbol of ready) arrivals.add(symbol)
    for (const { symbol } of claimed) arrivals.remove(symbol)
    arrivals.announce()
    for (const final of finals) tell({ type: 'final', ...final })
    upkeep.ended(finals.length)
    if (claimed.length > 0) upkeep.served(claimed.map(({ expression }) => expression))
  }

  /** To this server alone: the others find what it has claimed when they look again. */
  function announceDeadlines (claimed: readonly ClaimedTask[]): void {
    if (claimed.length > 0) {
      listeners.notify({ type: 'deadline', inMs: Math.min(...claimed.map(({ leaseMs }) => leaseMs)) })
    }
    // Any claim, and any result that was not claimed, may have been the first of its expression.
    if (rules.timeoutMs !== null) listeners.notify({ type: 'deadline', inMs: rules.timeoutMs })
  }

  function open (): void {
    if (closing !== null) throw domainError('storage_unavailable')
  }

  async function asHolder (statement: typeof giveBack | typeof renew | typeof check, leases: readonly LeaseRef[]) {
    const { own, complete } = ownOf(issuer, leases)
    if (own.length === 0) return { outcomes: complete([]), ready: [] }
    const values = {
      tasks: own.map(({ task }) => task),
      leases: own.map(({ lease }) => lease),
      refund: 1,
      overdue_after: null
    }
    const [rows] = await run([call(statement, values, moment())])
    const [{ outcomes, ready = [] }] = rows as readonly [{ outcomes: Outcome[], ready?: string[] }]
    return { outcomes: complete(outcomes), ready }
  }

  const store: Store = {
    ...views,
    recovered,

    async submit (submission) {
      open()
      const { id, created } = await submit(submission)
      if (created === null) {
        const earlier = await views.find(id)
        // It was forgotten a moment ago, and its key with it.
        return earlier ?? await store.submit(submission)
      }
      if (created.status !== 'pending') {
        const { status, error } = created
        announce([], error === null ? [] : [{ id, ended: { status, error } }])
        if (created.error === null) upkeep.ended(1)
        return created
      }
      const arrivals = createReadyNotice(tell)
      for (const [symbol, { length }] of openingOf(submission.plan).ready) arrivals.add(symbol, length)
      arrivals.announce()
      return created
    },

    async admit ({ operations }) {
      open()
      await admit(session, operations)
    },

    async claim (claim) {
      open()
      return (await group.report([], claim)).claimed
    },

    async report (reports) {
      open()
      const { own, complete } = ownOf(issuer, reports)
      return complete((await group.report(own)).outcomes)
    },

    async reportAndClaim (reports, claim) {
      open()
      const { own, complete } = ownOf(issuer, reports)
      const { outcomes, claimed } = await group.report(own, claim)
      return { outcomes: complete(outcomes), claimed }
    },

    async renew (leases) {
      open()
      return (await asHolder(renew, leases)).outcomes
    },

    async check (leases) {
      open()
      return (await asHolder(check, leases)).outcomes
    },

    async release (leases) {
      open()
      const { outcomes, ready } = await asHolder(giveBack, leases)
      announce(ready, [])
      return outcomes
    },

    async expire () {
      open()
      const { ready, finals, leases, refused, nextMs } = await expire(session)
      announce(ready, finals)
      if (leases.length > 0) tell({ type: 'expired', leases })
      if (refused !== null) throw refused.error
      return nextMs
    },

    async cancel (id) {
      open()
      const [rows] = await run([call(finish, {
        expression: id,
        status: 'cancelled',
        error_code: null,
        error_message: null,
        failed_task: null,
        overdue_task: null,
        timeout_ms: null
      }, moment())])
      const [{ known, finished }] = rows as readonly [{ known: boolean, finished: boolean }]
      if (!known) return 'unknown'
      if (!finished) return 'ignored'
      announce([], [{ id, ended: { status: 'cancelled', error: null } }])
      return 'accepted'
    },

    async retrieve (id) {
      open()
      const [rows] = await run([call(retrieve, { expression: id }, moment())])
      const [{ known, retrieved }] = rows as readonly [{ known: boolean, retrieved: boolean }]
      return retrieved ? 'accepted' : known ? 'ignored' : 'unknown'
    },

    serves: () => closing === null && presence.listening && presence.well,

    watch: listeners.add,

    close () {
      closing ??= (async () => {
        cancelLook()
        await presence.stop()
        await notices.stop()
        await upkeep.stop()
        await session.close()
      })()
      return closing
    }
  }
  await upkeep.catchUp()
  lookLater()
  return store
}

/** It is given once: who gives a database another name does so while no server is there. */
async function readIssuer ({ run }: Connections): Promise<string> {
  const [rows] = await run([call(issuerStatement, {}, { at: null, tick: null })])
  return (rows as ReadonlyArray<{ name: string }>)[0]!.name
}

async function migrateOnce (url: string, name: string): Promise<void> {
  // Without limits of time: another server's migration may take any, and so may a step.
  const client = new pg.Client({ ...clientConfig({ url, name }), query_timeout: 0 })
  // Whatever is under way then is rejected as well.
  client.on('error', () => {})
  await client.connect()
  try {
    await requireUnicode(client)
    await migrate(client)
  } finally {
    await client.end()
  }
}
