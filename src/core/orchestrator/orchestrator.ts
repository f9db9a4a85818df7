import type { AgentIdentity } from './agent-identity.js'
import { type AgentOverview, createAgentOverview } from './agent-overview.js'
import { createAgents } from './agents.js'
import { type AgentClaim, createClaims } from './claims.js'
import type { Clock } from '../clock.js'
import { domainError } from '../errors.js'
import type { Events } from './events.js'
import { createExpiry } from './expiry.js'
import { createFeeds } from './feeds.js'
import { EXPRESSION_KIND, type Expression, type Idempotency, type ListedExpression } from '../expression.js'
import { type Gauges, readGauges } from './gauges.js'
import { type Heartbeat, type HeartbeatOutcomes, takeHeartbeat } from './heartbeat.js'
import { awaitReports } from './in-flight-reports.js'
import type { Limits } from '../language/limits.js'
import { createLookup } from './lookup.js'
import { OPERATIONS, type OperationDefinition } from '../operations.js'
import type { Pass } from '../plan/draft.js'
import type { Work, WrittenWork } from '../plan/work.js'
import { type RemotePlanner, createPlanning } from './planning.js'
import { createReaders } from './readers.js'
import { type Counts, createRecorder } from './recorder.js'
import type {
  Change, ClaimedTask, LeaseRef, ListQuery, Operations, Outcome, Report, Reported, Store, TaskRange
} from '../store.js'
import { createTimers } from './timers.js'
import { NO_WAIT, type WaitOptions } from './waiters.js'

export interface CalculateRequest extends WrittenWork {
  readonly idempotency?: Idempotency
}

export interface TimedOperation extends OperationDefinition {
  readonly timeMs: number
}

export interface OrchestratorOptions {
  readonly store: Store
  readonly clock: Clock
  /** Operation times by symbol, in ms. */
  readonly times: ReadonlyMap<string, number>
  readonly limits: Limits
  /** Called with errors that no request waits for. */
  readonly onFault: (error: unknown) => void
  /** Applied to every plan, in this order; none by default. */
  readonly passes?: readonly Pass[]
  readonly events?: Events
  /** How many followers may follow expressions and lists at the same time; at least 1. */
  readonly maxFollowers?: number
  /** Plans long texts; without it they are planned here, and block the event loop. */
  readonly planLong?: RemotePlanner
}

export type Orchestrator = ReturnType<typeof createOrchestrator>

/**
 * The verbs that routes call. Between them and the store it plans, waits, wakes and counts; it has no state that a
 * crash could lose.
 */
export function createOrchestrator (options: OrchestratorOptions) {
  const { clock, times, events = {} } = options
  const store = awaitReports(options.store)
  const planning = createPlanning(options)
  const timers = createTimers(clock)
  const agents = createAgents(clock, events)
  const recorder = createRecorder(events, agents)
  const claims = createClaims({ store, clock, timers, times, agents, recorder })
  const readers = createReaders(timers)
  const lookup = createLookup({ store, clock, readers, isDraining: () => isDraining })
  const feeds = createFeeds({
    store, clock, agents: agentOverview, maxFollowers: options.maxFollowers ?? MAX_FOLLOWERS, onFault: options.onFault
  })
  const expiry = createExpiry(clock, store.expire, options.onFault)
  const unwatch = store.watch(onChange)
  const operations: readonly TimedOperation[] =
    [...OPERATIONS.values()].map(operation => ({ ...operation, timeMs: times.get(operation.symbol) ?? 0 }))
  let isDraining = false

  function onChange (change: Change): void {
    switch (change.type) {
      case 'ready': return claims.wake(change.counts)
      case 'deadline': return expiry.expect(change.inMs)
      case 'expired': return recorder.expired(change.leases)
      case 'changed': return feeds.changed(change.id)
      case 'final':
        if (change.ended !== undefined) recorder.finished(change.id, change.ended)
        return readers.wake(change.id, change.expression)
      case 'missed':
        readers.wakeAll()
        feeds.changed(null)
        // Leases that other servers granted end as well.
        expiry.expect(0)
    }
  }

  /**
   * Plans and stores the work of a service. A known idempotency key returns the expression that has it.
   *
   * @throws `draining`; what the planner and the store throw
   */
  async function submit (kind: string, work: Work, idempotency?: Idempotency): Promise<Expression> {
    if (isDraining) throw domainError('draining')
    // Before the work is planned: the limits may have changed since the first use of the key.
    const earlier = idempotency === undefined ? null : await store.findByKey(idempotency)
    if (earlier !== null) return earlier
    const planned = await planning.plan(work)
    const expression = await store.submit({ kind, source: work.source, ...planned, ...idempotency && { idempotency } })
    recorder.submitted(expression)
    return expression
  }

  async function agentOverview (): Promise<AgentOverview> {
    const tasks = await store.taskOverview()
    return createAgentOverview(agents.list(), tasks, claims.waiting(), clock.now(), agents.holderOf)
  }

  /** From now on no work is taken or claimed, and no request waits; results are taken until the end. */
  function drain (): void {
    isDraining = true
    claims.close()
    readers.clear()
    feeds.close()
    timers.stop()
    agents.stop()
  }

  return {
    ...lookup,
    submit,
    drain,

    /** Submits an expression. @throws as `submit` does */
    calculate: ({ idempotency, ...work }: CalculateRequest) => submit(EXPRESSION_KIND, work, idempotency),

    /** Records that a client received the result; the first time counts. */
    async retrieved (id: number): Promise<void> {
      await store.retrieve(id)
    },

    /** The plan and the tasks in the range. @throws `expression_unknown` */
    async operationsOf (id: number, range?: TaskRange): Promise<Operations> {
      const found = await store.findOperations(id, range)
      if (found === null) throw domainError('expression_unknown', { id })
      return found
    },

    /** In order of submission. */
    expressions: (query: ListQuery): Promise<ListedExpression[]> => store.list(query),

    /** Differs from every earlier value once `expressions` does. */
    expressionsVersion: (): Promise<string> => store.listVersion(),

    operations: (): readonly TimedOperation[] => operations,

    /** Whether passes shorten plans. */
    optimizes: (options.passes ?? []).length > 0,

    agents: agentOverview,

    /**
     * Follows an expression. @param after a cursor; null for its beginning
     *
     * @throws `expression_unknown`, `draining`, `streams_full`
     */
    async follow (id: number, after: string | null) {
      const follower = await feeds.expression(id, after)
      if (follower === null) throw domainError('expression_unknown', { id })
      return follower
    },

    /** Follows the list of expressions and the agents. @throws `draining`, `streams_full` */
    followList: feeds.list,

    /** The expression; null for an unknown id. */
    lookUp: (id: number) => store.find(id),

    /** ms since the epoch. */
    now: () => clock.now(),

    /** Number of followers of expressions and of the list. */
    get following (): number {
      return feeds.followers
    },

    /** What this process has done, and what work there is; `gauges` is null while the store is unavailable. */
    async measure (): Promise<{ counts: Counts, gauges: Gauges | null }> {
      return { counts: recorder.read(), gauges: await readGauges(store, clock.now()) }
    },

    /** Tasks as soon as there are any; none when the wait is over or while draining. */
    claim: (claim: AgentClaim, wait: WaitOptions = NO_WAIT): Promise<ClaimedTask[]> => claims.claim(claim, wait),

    /**
     * Takes reports and, with `next`, claims in the same step. The wait for tasks begins when the reports are durable;
     * there is none if one of them was not accepted, so that the agent learns it at once.
     *
     * @param identity the agent, where there is no `next`
     */
    async report (
      reports: readonly Report[], next?: AgentClaim, wait: WaitOptions = NO_WAIT, identity: AgentIdentity = ANONYMOUS
    ): Promise<Reported> {
      if (next !== undefined) return claims.reportAndClaim(reports, next, wait)
      const outcomes = await store.report(reports)
      recorder.reported(reports, outcomes, identity)
      return { outcomes, claimed: [] }
    },

    heartbeat: (heartbeat: Heartbeat): Promise<HeartbeatOutcomes> => takeHeartbeat(store, agents, claims, heartbeat),

    /** Undoes claims whose response did not reach the agent. */
    release: (leases: readonly LeaseRef[]): Promise<Outcome[]> => store.release(leases),

    get draining (): boolean {
      return isDraining
    },

    /** Whether new work is taken and can be stored. */
    get readiness (): 'ok' | 'draining' | 'storage_unavailable' {
      return isDraining ? 'draining' : store.serves() ? 'ok' : 'storage_unavailable'
    },

    /** Drains and stops all timers; the store stays open. */
    close (): void {
      drain()
      unwatch()
      expiry.stop()
    }
  }
}

/** Enough for several classes; each takes a connection. */
const MAX_FOLLOWERS = 2_000

const ANONYMOUS: AgentIdentity = { agent: null }
