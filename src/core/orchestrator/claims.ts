import { type AgentIdentity, agentKey } from './agent-identity.js'
import type { Agents } from './agents.js'
import type { Clock } from '../clock.js'
import type { Recorder } from './recorder.js'
import type { Claim, ClaimedTask, Outcome, Report, Reported, Store } from '../store.js'
import { type WaitOptions, createWaiters } from './waiters.js'

/**
 * A claim over the network. One with `batchMs` comes from an agent that leaves work for others: while other claims
 * wait, it gets at most one task that takes any time.
 */
export interface AgentClaim extends Claim, AgentIdentity {}

export interface ClaimsOptions {
  readonly store: Pick<Store, 'claim' | 'report' | 'reportAndClaim'>
  readonly clock: Pick<Clock, 'monotonic'>
  /** For the ends of waits. */
  readonly timers: Pick<Clock, 'after'>
  /** Operation times by symbol, in ms; they predict how many operations a batch holds. */
  readonly times: ReadonlyMap<string, number>
  readonly agents: Agents
  readonly recorder: Pick<Recorder, 'claimed' | 'reported'>
}

interface WaitingClaim {
  readonly claim: AgentClaim
  /** The tasks that it was woken for; null until it is woken, and again once it has claimed. */
  wokenFor: ReadyTasks | null
}

interface ReadyTasks {
  readonly symbol: string
  readonly count: number
}

export type Claims = ReturnType<typeof createClaims>

/** Claims that wait while there are no tasks for them. */
export function createClaims ({ store, clock, timers, times, agents, recorder }: ClaimsOptions) {
  const waiters = createWaiters<WaitingClaim>(timers)
  let isClosed = false
  /** Counts ready notices, so that a claim that came back empty can tell whether it missed one. */
  let notices = 0
  /** Claims that were woken and have not reached the store yet. */
  let woken = 0

  function wakeFor ({ symbol, count }: ReadyTasks): void {
    for (let left = count; left > 0;) {
      const waiting = waiters.wake(({ claim }) => claim.symbols.includes(symbol))
      if (waiting === undefined) return
      const taking = Math.min(left, batchSizeOf(waiting.claim, symbol))
      waiting.wokenFor = { symbol, count: taking }
      woken++
      left -= taking
    }
  }

  /** How many tasks of a symbol one claim takes while others wait: each of them saves a wake-up. */
  function batchSizeOf ({ max, batchMs }: Claim, symbol: string): number {
    return batchMs === undefined || (times.get(symbol) ?? 0) === 0 ? max : 1
  }

  /** Wakes other claims for the tasks that a claim was woken for and did not take. */
  function wakeForRest ({ symbol, count }: ReadyTasks, taken: readonly ClaimedTask[]): void {
    // A claim that took nothing has left nothing.
    if (taken.length === 0) return
    wakeFor({ symbol, count: count - taken.filter(task => task.symbol === symbol).length })
  }

  /** The claim, limited to one task that takes time if it leaves work for others and others wait. */
  function limitBatch (claim: AgentClaim): AgentClaim {
    return claim.batchMs !== undefined && waiters.size + woken > 0 ? { ...claim, batchMs: 0 } : claim
  }

  async function claimOnce (claim: AgentClaim): Promise<ClaimedTask[]> {
    const tasks = await store.claim(limitBatch(claim))
    recorder.claimed(tasks, claim)
    return tasks
  }

  /** Waits after a claim that found nothing, and that began when `notices` was `seen`. */
  async function claimLater (claim: AgentClaim, options: WaitOptions, seen: number): Promise<ClaimedTask[]> {
    if (options.waitMs <= 0) return []
    const until = clock.monotonic() + options.waitMs
    const waiting: WaitingClaim = { claim, wokenFor: null }
    for (;;) {
      if (notices === seen) {
        // The agent may have left during the call of the store, and `dismiss` would not find this claim.
        if (agents.isLeaving(claim)) return []
        const waitMs = until - clock.monotonic()
        if (!await waiters.wait(waiting, { ...options, waitMs }).woken) return []
      }
      const { wokenFor } = waiting
      waiting.wokenFor = null
      if (wokenFor !== null) woken--
      if (isClosed) return []
      if (agents.isLeaving(claim)) {
        if (wokenFor !== null) wakeFor(wokenFor)
        return []
      }
      seen = notices
      const tasks = await claimOnce(claim).catch(error => {
        if (wokenFor !== null) wakeFor(wokenFor)
        throw error
      })
      if (wokenFor !== null) wakeForRest(wokenFor, tasks)
      if (tasks.length > 0 || clock.monotonic() >= until) return tasks
    }
  }

  return {
    /** Tasks as soon as there are any for this claim; none when the wait is over. */
    async claim (claim: AgentClaim, options: WaitOptions): Promise<ClaimedTask[]> {
      agents.claiming(claim, claim.symbols)
      if (isClosed || agents.isLeaving(claim)) return []
      const seen = notices
      const tasks = await claimOnce(claim)
      return tasks.length > 0 ? tasks : claimLater(claim, options, seen)
    },

    /** Reports and claims in one step. Waits for tasks only if every report was accepted. */
    async reportAndClaim (reports: readonly Report[], claim: AgentClaim, options: WaitOptions): Promise<Reported> {
      agents.claiming(claim, claim.symbols)
      const seen = notices
      if (isClosed || agents.isLeaving(claim)) {
        const outcomes = await store.report(reports)
        recorder.reported(reports, outcomes, claim)
        return { outcomes, claimed: [] }
      }
      const { outcomes, claimed } = await store.reportAndClaim(reports, limitBatch(claim))
      recorder.reported(reports, outcomes, claim)
      recorder.claimed(claimed, claim)
      if (claimed.length > 0 || !outcomes.every(isAccepted)) return { outcomes, claimed }
      return { outcomes, claimed: await claimLater(claim, options, seen) }
    },

    /** Wakes claims for tasks that became ready, given by symbol. */
    wake (counts: ReadonlyMap<string, number>): void {
      notices++
      for (const [symbol, count] of counts) wakeFor({ symbol, count })
    },

    /** Answers the waiting claims of this instance. */
    dismiss ({ agent, instance }: AgentIdentity): void {
      waiters.dismiss(({ claim }) => claim.agent === agent && claim.instance === instance)
    },

    /** Number of waiting claims by the key of their agent. */
    waiting (): ReadonlyMap<string, number> {
      const counts = new Map<string, number>()
      for (const { claim } of waiters.all()) {
        const key = agentKey(claim)
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      return counts
    },

    /** Answers all claims; from now on none waits or reaches the store. */
    close (): void {
      isClosed = true
      waiters.clear()
    }
  }
}

function isAccepted (outcome: Outcome): boolean {
  return outcome === 'accepted'
}
