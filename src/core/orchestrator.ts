import type { Clock } from './clock.js'
import { domainError } from './errors.js'
import { type Expression, isFinal } from './expression.js'
import type { Limits } from './language/limits.js'
import { readVariables } from './language/variables.js'
import { OPERATIONS, type OperationDefinition } from './operations.js'
import { IMPATIENT, type Parking, type Patience, createParking } from './parking.js'
import type { Pass } from './plan/draft.js'
import { planExpression } from './plan/planner.js'
import type {
  Change, Claim, ClaimedTask, LeaseRef, ListQuery, Operations, Outcome, Report, Settled, Store, TaskRange
} from './store.js'
import { createSweeper } from './sweeper.js'

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
  /** The expression, as soon as it is final or the patience is over. @throws `expression_unknown` */
  expression (id: number, patience?: Patience): Promise<Expression>
  /** Its plan, and the tasks in the range. @throws `expression_unknown` */
  operationsOf (id: number, range?: TaskRange): Promise<Operations>
  /** In order of submission. */
  expressions (query: ListQuery): Promise<Expression[]>
  /** The operations table with each one's time in ms. */
  operations (): readonly TimedOperation[]
  /** Tasks for an agent, as soon as there are any; none when the patience is over or while draining. */
  claim (claim: Claim, patience?: Patience): Promise<ClaimedTask[]>
  /** Takes what an agent reports; with `next`, hands out more in the same step. */
  report (reports: readonly Report[], next?: Claim, patience?: Patience): Promise<Settled>
  /** Takes a claim back whose answer did not reach the agent. */
  release (leases: readonly LeaseRef[]): Promise<Outcome[]>
  /** From now on no new work is taken or handed out, and nobody waits; results are taken to the end. */
  drain (): void
  readonly draining: boolean
  /** Drains and stops all timers; the store stays open. */
  close (): void
}

export interface CalculateRequest {
  readonly source: string
  /** Values of its variables by name, as the client sent them. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined
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
}

/** A claim that waits. */
interface Poll {
  readonly claim: Claim
  /** The symbol of the task that it was woken for; null before that, and once it has asked for it. */
  wokenFor: string | null
}

export function createOrchestrator (options: OrchestratorOptions): Orchestrator {
  const { store, clock, times, limits, timeoutMs } = options
  const polls = createParking<Poll>(clock)
  /** Who waits for an expression to become final, by its id. */
  const readers = new Map<number, Parking<null>>()
  const sweeper = createSweeper(clock, () => store.expire(), options.onFault)
  const timed = [...OPERATIONS.values()].map(operation => ({ ...operation, timeMs: times.get(operation.symbol) ?? 0 }))
  let draining = false
  /** Counts what became ready, so that a claim that came back empty can tell whether it missed something. */
  let arrivals = 0

  const unwatch = store.watch(change => {
    if (change.type === 'ready') wakePolls(change)
    else wakeReaders(change.id)
  })

  function wakeReaders (id: number): void {
    const parking = readers.get(id)
    if (parking === undefined) return
    readers.delete(id)
    while (parking.wake(() => true) !== undefined);
  }

  function wakePolls (change: Change & { type: 'ready' }): void {
    arrivals++
    for (const [symbol, count] of change.counts) {
      let left = count
      while (left > 0 && wakePoll(symbol)) left--
    }
  }

  function wakePoll (symbol: string): boolean {
    const poll = polls.wake(({ claim }) => claim.symbols.includes(symbol))
    if (poll === undefined) return false
    poll.wokenFor = symbol
    return true
  }

  /** Who was woken for one task and took others has left that one to whoever waits next. */
  function passOn (poll: Poll, taken: readonly ClaimedTask[]): void {
    const { wokenFor } = poll
    poll.wokenFor = null
    if (wokenFor === null || taken.length === 0) return
    if (!taken.some(({ symbol }) => symbol === wokenFor)) wakePoll(wokenFor)
  }

  function noteLeases (tasks: readonly ClaimedTask[]): void {
    for (const { leaseMs } of tasks) sweeper.expect(leaseMs)
    // Any claim may have been the first of its expression.
    if (timeoutMs !== null && tasks.length > 0) sweeper.expect(timeoutMs)
  }

  async function claimOnce (claim: Claim): Promise<ClaimedTask[]> {
    const tasks = await store.claim(claim)
    noteLeases(tasks)
    return tasks
  }

  /** Goes on after a claim that found nothing, seen when `arrivals` was `seen`. */
  async function claimLater (claim: Claim, patience: Patience, seen: number): Promise<ClaimedTask[]> {
    const until = clock.monotonic() + patience.waitMs
    const poll: Poll = { claim, wokenFor: null }
    for (;;) {
      if (arrivals === seen) {
        const left = until - clock.monotonic()
        const woken = await polls.park(poll, { ...patience, waitMs: left }).woken
        if (!woken) return []
      }
      if (draining) return []
      seen = arrivals
      const tasks = await claimOnce(claim)
      passOn(poll, tasks)
      if (tasks.length > 0 || clock.monotonic() >= until) return tasks
    }
  }

  async function known (id: number): Promise<Expression> {
    const expression = await store.find(id)
    if (expression === null) throw domainError('expression_unknown', { id })
    return expression
  }

  const orchestrator: Orchestrator = {
    async calculate ({ source, variables = {} }) {
      if (draining) throw domainError('draining')
      const { passes = [] } = options
      const plan = planExpression(source, { times, limits, passes, variables: readVariables(variables) })
      return store.submit({ kind: 'expression', source, plan })
    },

    async expression (id, patience = IMPATIENT) {
      if (patience.waitMs <= 0 || draining) return known(id)
      // Parked before the first look, so that a change between the look and the wait is not missed.
      const parking = readers.get(id) ?? createParking<null>(clock)
      readers.set(id, parking)
      const parked = parking.park(null, patience)
      try {
        const expression = await known(id)
        if (isFinal(expression.status)) return expression
        await parked.woken
        return await known(id)
      } finally {
        parked.leave()
        if (parking.size === 0 && readers.get(id) === parking) readers.delete(id)
      }
    },

    async operationsOf (id, range) {
      const operations = await store.findOperations(id, range)
      if (operations === null) throw domainError('expression_unknown', { id })
      return operations
    },

    expressions: query => store.list(query),

    operations: () => timed,

    async claim (claim, patience = IMPATIENT) {
      if (draining) return []
      const seen = arrivals
      const tasks = await claimOnce(claim)
      return tasks.length > 0 ? tasks : claimLater(claim, patience, seen)
    },

    async report (reports, next, patience = IMPATIENT) {
      if (next === undefined || draining) return store.settle(reports)
      const seen = arrivals
      const settled = await store.settle(reports, next)
      noteLeases(settled.claimed)
      if (settled.claimed.length > 0) return settled
      return { outcomes: settled.outcomes, claimed: await claimLater(next, patience, seen) }
    },

    release: leases => store.release(leases),

    drain () {
      draining = true
      polls.clear()
      for (const parking of readers.values()) parking.clear()
    },

    get draining () {
      return draining
    },

    close () {
      orchestrator.drain()
      unwatch()
      sweeper.stop()
    }
  }
  return orchestrator
}
