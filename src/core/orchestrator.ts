import { type Who, createAgents } from './agents.js'
import type { Idempotency } from './calculation.js'
import type { Clock } from './clock.js'
import { domainError, isUnavailable } from './errors.js'
import { EXPRESSION_KIND, type Expression, type ListedExpression, isFinal } from './expression.js'
import { type Gauges, readGauges } from './gauges.js'
import type { Limits } from './language/limits.js'
import { OPERATIONS, type OperationDefinition } from './operations.js'
import { IMPATIENT, type Parking, type Patience, createParking } from './parking.js'
import type { Pass } from './plan/draft.js'
import { type RemotePlanner, createPlanning } from './planning.js'
import { type AgentClaim, createPolls } from './polls.js'
import { type Roster, createRoster } from './roster.js'
import { createAlarms } from './schedule/alarms.js'
import type {
  ClaimedTask, LeaseRef, ListQuery, Operations, Outcome, Report, Settled, Store, TaskRange
} from './store.js'
import { createSweeper } from './sweeper.js'
import { type Tally, countCompleted, createTally } from './tally.js'
import { createUnderWay, trackReports } from './under-way.js'
import type { Work, WrittenWork } from './work.js'

/**
 * What clients and agents can ask for. Between them and the store it plans, waits and wakes; it
 * keeps no state of its own that a crash could lose.
 */
export interface Orchestrator {
  /**
   * Plans and keeps an expression.
   *
   * @throws what the language refuses; `variable_invalid`; `draining`; what the store throws.
   */
  calculate (request: CalculateRequest): Promise<Expression>
  /** The same for the work of any service. */
  submit (kind: string, work: Work, idempotency?: Idempotency): Promise<Expression>
  /** The expression, as soon as it is final or the patience is over. @throws `expression_unknown` */
  expression (id: number, patience?: Patience): Promise<Expression>
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
  agents (): Promise<Roster>
  /** What has been done here, and what there is to do; null for that while the store does not answer. */
  measure (): Promise<{ tally: Tally, gauges: Gauges | null }>
  /** Whether new work is taken, and can be kept. */
  readonly readiness: 'ok' | 'draining' | 'storage_unavailable'
  /** Tasks for an agent, as soon as there are any; none when the patience is over or while draining. */
  claim (claim: AgentClaim, patience?: Patience): Promise<ClaimedTask[]>
  /**
   * Takes what an agent reports; with `next`, hands out more in the same step. The patience is for tasks alone and
   * begins when the reports are kept; there is none when one of them was not accepted, so that its sender learns it.
   *
   * @param who where there is no `next` that says it
   */
  report (reports: readonly Report[], next?: AgentClaim, patience?: Patience, who?: Who): Promise<Settled>
  /** What an agent works on is prolonged, what it gives back is ready again. One outcome for each. */
  heartbeat (heartbeat: Heartbeat): Promise<Pulse>
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
  readonly who: Who
  readonly working: readonly LeaseRef[]
  readonly releasing: readonly LeaseRef[]
  /** The instance shuts down: its polls are answered, and it is given nothing more. */
  readonly leaving: boolean
}

export interface Pulse {
  readonly working: readonly Outcome[]
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
  /** How long an expression may take from its first claim, as the store was told; null for ever. */
  readonly timeoutMs: number | null
  /** Told of faults that no caller waits for. */
  readonly onFault: (error: unknown) => void
  /** What is done to every plan, in this order; nothing unless it is said. */
  readonly passes?: readonly Pass[]
  /** Plans long texts; without it they are planned here, and hold everything up. */
  readonly planLong?: RemotePlanner
}

export function createOrchestrator (options: OrchestratorOptions): Orchestrator {
  const { clock, times, timeoutMs } = options
  const underWay = createUnderWay()
  const store = trackReports(options.store, underWay)
  const planning = createPlanning(options)
  const alarms = createAlarms(clock)
  const tally = createTally()
  const agents = createAgents(clock)
  const polls = createPolls({ store, clock, alarms, times, agents, onClaimed: noteClaims, onSettled: noteReports })
  /** Who waits for an expression to become final, by its id. */
  const readers = new Map<number, Parking<null>>()
  const sweeper = createSweeper(clock, expire, options.onFault)
  const timed = [...OPERATIONS.values()].map(operation => ({ ...operation, timeMs: times.get(operation.symbol) ?? 0 }))
  let draining = false

  const unwatch = store.watch(change => {
    if (change.type === 'ready') return polls.wake(change.counts)
    if (change.type === 'final') return wakeReaders(change.id)
    if (change.type === 'expired') return tally.expired(change.count)
    for (const id of [...readers.keys()]) wakeReaders(id)
    // What others have handed out ends as well.
    sweeper.expect(0)
  })

  /** Results and heartbeats that have come before it count. */
  async function expire (): Promise<number | null> {
    if (underWay.size > 0) await underWay.answered()
    return store.expire()
  }

  function wakeReaders (id: number): void {
    const parking = readers.get(id)
    if (parking === undefined) return
    readers.delete(id)
    while (parking.wake(() => true) !== undefined);
  }

  function noteClaims (tasks: readonly ClaimedTask[]): void {
    tally.claimed(tasks)
    // Of a batch, the first is due first.
    sweeper.expect(tasks[0]!.leaseMs)
    // Any claim may have been the first of its expression.
    if (timeoutMs !== null) sweeper.expect(timeoutMs)
  }

  function noteReports (reports: readonly Report[], outcomes: readonly Outcome[], who: Who): void {
    tally.reported(outcomes)
    // A result that nobody had claimed begins its expression as well.
    if (timeoutMs !== null) sweeper.expect(timeoutMs)
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

  async function known (id: number): Promise<Expression> {
    const expression = await store.find(id)
    if (expression === null) throw domainError('expression_unknown', { id })
    return expression
  }

  const orchestrator: Orchestrator = {
    calculate: ({ idempotency, ...work }) => orchestrator.submit(EXPRESSION_KIND, work, idempotency),

    async submit (kind, work, idempotency) {
      if (draining) throw domainError('draining')
      const planned = await planning.plan(work, idempotency)
      if ('id' in planned) return planned
      const expression = await store.submit({
        kind, source: work.source, ...planned, ...(idempotency && { idempotency })
      })
      tally.submitted()
      return expression
    },

    async expression (id, patience = IMPATIENT) {
      const until = clock.monotonic() + patience.waitMs
      for (;;) {
        const waitMs = until - clock.monotonic()
        if (waitMs <= 0 || draining) return known(id)
        // Parked before the look, so that a change between the look and the wait is not missed.
        const parking = readers.get(id) ?? createParking<null>(alarms)
        readers.set(id, parking)
        const parked = parking.park(null, { ...patience, waitMs })
        try {
          const expression = await known(id)
          if (isFinal(expression.status)) return expression
          // Woken may also mean that something was missed, and not that it is final.
          if (!await parked.woken) return await known(id)
        } finally {
          parked.leave()
          if (parking.size === 0 && readers.get(id) === parking) readers.delete(id)
        }
      }
    },

    async retrieved (id) {
      await store.retrieve(id)
    },

    async operationsOf (id, range) {
      const operations = await store.findOperations(id, range)
      if (operations === null) throw domainError('expression_unknown', { id })
      return operations
    },

    async cancel (id) {
      const outcome = await store.cancel(id)
      const expression = await known(id)
      if (outcome === 'accepted') return expression
      throw domainError('expression_final', { id, status: expression.status })
    },

    expressions: query => store.list(query),

    expressionsVersion: () => store.listVersion(),

    operations: () => timed,

    async agents () {
      const survey = await store.survey()
      return createRoster(agents.list(), survey, polls.waiting(), clock.now())
    },

    async measure () {
      return { tally: tally.read(), gauges: await gauges() }
    },

    claim: (claim, patience = IMPATIENT) => polls.claim(claim, patience),

    async report (reports, next, patience = IMPATIENT, who = ANONYMOUS) {
      if (next !== undefined) return polls.settle(reports, next, patience)
      const settled = await store.settle(reports)
      noteReports(reports, settled.outcomes, who)
      return settled
    },

    async heartbeat ({ who, working, releasing, leaving }) {
      agents.lives(who)
      if (leaving && who.instance != null) {
        agents.leaves(who)
        polls.dismiss(who)
      }
      const outcomes = await Promise.all([store.renew(working), store.release(releasing)])
      return { working: outcomes[0], releasing: outcomes[1] }
    },

    release: leases => store.release(leases),

    drain () {
      draining = true
      polls.close()
      for (const parking of readers.values()) parking.clear()
      alarms.stop()
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

const ANONYMOUS: Who = { agent: null }
