import { type AgentIdentity, createAgents } from './agents.js'
import type { Clock } from '../clock.js'
import { domainError, isUnavailable } from '../errors.js'
import type { Events } from './events.js'
import { EXPRESSION_KIND, type Expression, type Idempotency, type ListedExpression } from '../expression.js'
import { type Gauges, readGauges } from './gauges.js'
import type { Limits } from '../language/limits.js'
import { createLookup } from './lookup.js'
import { OPERATIONS, type OperationDefinition } from '../operations.js'
import { NO_WAIT, type WaitOptions } from './waiters.js'
import type { Pass } from '../plan/draft.js'
import { type RemotePlanner, createPlanning } from './planning.js'
import { type AgentClaim, createClaims } from './claims.js'
import { createReaders } from './readers.js'
import { createRecorder } from './recorder.js'
import { type AgentOverview, createAgentOverview } from './agent-overview.js'
import { createTimers } from './timers.js'
import type {
  ClaimedTask, LeaseRef, ListQuery, Operations, Outcome, Report, Reported, Store, TaskRange
} from '../store.js'
import { createExpiry } from './expiry.js'
import { type Counts, countCompleted } from './counters.js'
import { createInFlight, trackReports } from './in-flight-reports.js'
import type { Work, WrittenWork } from '../plan/work.js'

/**
 * What clients and agents can ask for. Between them and the store it plans, waits and wakes; it
 * keeps no state of its own that a crash could lose.
 */
export interface Orchestrator {
  /**
   * Plans and keeps an expression; with a key that is known, answers the expression that has it.
   *
   * @throws what the language refuses; `variable_invalid`; `draining`; what the store throws.
   */
  calculate (request: CalculateRequest): Promise<Expression>
  /** The same for the work of any service. */
  submit (kind: string, work: Work, idempotency?: Idempotency): Promise<Expression>
  /**
   * The expression, as soon as it is final or the patience is over; of any kind, unless one is said.
   *
   * @throws `expression_unknown`
   */
  expression (id: number, patience?: WaitOptions, kind?: string): Promise<Expression>
  /** A client was told that it is completed, and the result; the first time is kept. */
  retrieved (id: number): Promise<void>
  /** Its plan, and the tasks in the range. @throws `expression_unknown` */
  operationsOf (id: number, range?: TaskRange): Promise<Operations>
  /** Ends it unfinished; its tasks are dropped. @throws `expression_unknown`, `expression_final` */
  cancel (id: number): Promise<Expression>
  /** In order of submission. */
  expressions (query: ListQuery): Promise<ListedExpression[]>
  /** Differs from every earlier answer once `expressions` does. */
  expressionsVersion (): Promise<string>
  /** The operations table with each one's time in ms. */
  operations (): readonly TimedOperation[]
  /** Who computes what, and what nobody can do. */
  agents (): Promise<AgentOverview>
  /** What has been done here, and what there is to do; null for that while the store does not answer. */
  measure (): Promise<{ counts: Counts, gauges: Gauges | null }>
  /** Whether new work is taken, and can be kept. */
  readonly readiness: 'ok' | 'draining' | 'storage_unavailable'
  /** Tasks for an agent, as soon as there are any; none when the patience is over or while draining. */
  claim (claim: AgentClaim, patience?: WaitOptions): Promise<ClaimedTask[]>
  /**
   * Takes what an agent reports; with `next`, hands out more in the same step. The patience is for tasks alone and
   * begins when the reports are kept; there is none when one of them was not accepted, so that its sender learns it.
   *
   * @param who where there is no `next` that says it
   */
  report (reports: readonly Report[], next?: AgentClaim, patience?: WaitOptions, who?: AgentIdentity): Promise<Reported>
  /** What an agent works on is prolonged, what it gives back is ready again. One outcome for each. */
  heartbeat (heartbeat: Heartbeat): Promise<HeartbeatOutcomes>
  /** Takes a claim back whose answer did not reach the agent. */
  release (leases: readonly LeaseRef[]): Promise<Outcome[]>
  /** From now on no new work is taken or handed out, and nobody waits; results are taken to the end. */
  drain (): void
  readonly draining: boolean
  /** Drains and stops all timers; the store stays open. */
  close (): void
}

export interface CalculateRequest extends WrittenWork {
  readonly idempotency?: Idempotency
}

export interface Heartbeat {
  readonly identity: AgentIdentity
  readonly working: readonly LeaseRef[]
  /** Worked on as well, but not to be prolonged yet. */
  readonly checking?: readonly LeaseRef[]
  readonly releasing: readonly LeaseRef[]
  /** The instance shuts down: its polls are answered, and it is given nothing more. */
  readonly leaving: boolean
}

export interface HeartbeatOutcomes {
  readonly working: readonly Outcome[]
  readonly checking: readonly Outcome[]
  readonly releasing: readonly Outcome[]
}

export interface TimedOperation extends OperationDefinition {
  readonly timeMs: number
}

export interface OrchestratorOptions {
  readonly store: Store
  readonly clock: Clock
  /** Each operation's time in ms, by symbol. */
  readonly times: ReadonlyMap<string, number>
  readonly limits: Limits
  /** Told of faults that no caller waits for. */
  readonly onFault: (error: unknown) => void
  /** What is done to every plan, in this order; nothing unless it is said. */
  readonly passes?: readonly Pass[]
  /** Told of what happens; nothing unless it is said. */
  readonly events?: Events
  /** Plans long texts; without it they are planned here, and hold everything up. */
  readonly planLong?: RemotePlanner
}

export function createOrchestrator (options: OrchestratorOptions): Orchestrator {
  const { clock, times, events = {} } = options
  const underWay = createInFlight()
  const store = trackReports(options.store, underWay)
  const planning = createPlanning(options)
  const alarms = createTimers(clock)
  const recorder = createRecorder(events)
  const agents = createAgents(clock, events)
  const polls = createClaims({ store, clock, alarms, times, agents, onClaimed: noteClaims, onReported: noteReports })
  const readers = createReaders(alarms)
  const lookup = createLookup({ store, clock, readers, isDraining: () => draining })
  const sweeper = createExpiry(clock, expire, options.onFault)
  const timed = [...OPERATIONS.values()].map(operation => ({ ...operation, timeMs: times.get(operation.symbol) ?? 0 }))
  let draining = false

  const unwatch = store.watch(change => {
    if (change.type === 'ready') return polls.wake(change.counts)
    if (change.type === 'final') {
      if (change.ended !== undefined) recorder.ended(change.id, change.ended)
      return readers.wake(change.id, change.expression)
    }
    if (change.type === 'deadline') return sweeper.expect(change.inMs)
    if (change.type === 'expired') return recorder.expired(change.leases)
    readers.wakeAll()
    // What others have handed out ends as well.
    sweeper.expect(0)
  })

  /** Results and heartbeats that have come before it count. */
  async function expire (): Promise<number | null> {
    if (underWay.size > 0) await underWay.answered()
    return store.expire()
  }

  function noteClaims (tasks: readonly ClaimedTask[], { agent }: AgentIdentity): void {
    recorder.claimed(tasks, agent)
  }

  function noteReports (reports: readonly Report[], outcomes: readonly Outcome[], who: AgentIdentity): void {
    recorder.reported(reports, outcomes, who.agent)
    agents.reported(who, countCompleted(reports, outcomes))
  }

  /** Null while the store cannot be asked; what was done here is known all the same. */
  async function gauges (): Promise<Gauges | null> {
    if (!store.serves()) return null
    return readGauges(store, clock.now()).catch(error => {
      if (isUnavailable(error)) return null
      throw error
    })
  }

  const orchestrator: Orchestrator = {
    calculate: ({ idempotency, ...work }) => orchestrator.submit(EXPRESSION_KIND, work, idempotency),

    async submit (kind, work, idempotency) {
      if (draining) throw domainError('draining')
      // Before the work is judged: the limits may have changed since its key was first used.
      const earlier = idempotency === undefined ? null : await store.findByKey(idempotency)
      if (earlier !== null) return earlier
      const planned = await planning.plan(work)
      const expression = await store.submit({
        kind, source: work.source, ...planned, ...(idempotency && { idempotency })
      })
      recorder.submitted(expression)
      return expression
    },

    expression: lookup.expression,
    cancel: lookup.cancel,

    async retrieved (id) {
      await store.retrieve(id)
    },

    async operationsOf (id, range) {
      const operations = await store.findOperations(id, range)
      if (operations === null) throw domainError('expression_unknown', { id })
      return operations
    },

    expressions: query => store.list(query),

    expressionsVersion: () => store.listVersion(),

    operations: () => timed,

    async agents () {
      const survey = await store.taskOverview()
      return createAgentOverview(agents.list(), survey, polls.waiting(), clock.now(), agents.holderOf)
    },

    async measure () {
      return { counts: recorder.read(), gauges: await gauges() }
    },

    claim: (claim, patience = NO_WAIT) => polls.claim(claim, patience),

    async report (reports, next, patience = NO_WAIT, who = ANONYMOUS) {
      if (next !== undefined) return polls.reportAndClaim(reports, next, patience)
      const outcomes = await store.report(reports)
      noteReports(reports, outcomes, who)
      return { outcomes, claimed: [] }
    },

    async heartbeat ({ identity: who, working, checking = [], releasing, leaving }) {
      agents.lives(who)
      if (leaving && who.instance != null) {
        agents.leaves(who)
        polls.dismiss(who)
      }
      const outcomes = await Promise.all([store.renew(working), store.check(checking), store.release(releasing)])
      return { working: outcomes[0], checking: outcomes[1], releasing: outcomes[2] }
    },

    release: leases => store.release(leases),

    drain () {
      draining = true
      polls.close()
      readers.clear()
      alarms.stop()
      agents.stop()
    },

    get draining () {
      return draining
    },

    get readiness () {
      return draining ? 'draining' : store.serves() ? 'ok' : 'storage_unavailable'
    },

    close () {
      orchestrator.drain()
      unwatch()
      sweeper.stop()
    }
  }
  return orchestrator
}

const ANONYMOUS: AgentIdentity = { agent: null }
