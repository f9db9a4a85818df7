import { type Agents, type AgentIdentity, agentKey } from './agents.js'
import type { Clock } from '../clock.js'
import { type WaitOptions, createWaiters } from './waiters.js'
import type { Claim, ClaimedTask, Outcome, Report, Reported, Store } from '../store.js'

/**
 * A claim over the network. One with a limit on its batch's time comes from an agent that wants to
 * keep nobody from work: while others wait, it gets at most one task that takes any time.
 */
export interface AgentClaim extends Claim {
  readonly instance?: string | null
  /** As in `AgentIdentity`. */
  readonly address?: string | undefined
}

/** Agents that ask for tasks, and wait while there are none. */
export interface Claims {
  /** Tasks, as soon as there are any for this claim; none when the patience is over. */
  claim (claim: AgentClaim, patience: WaitOptions): Promise<ClaimedTask[]>
  /** Reports, claims in the same step, and waits for tasks only when every report was accepted. */
  reportAndClaim (reports: readonly Report[], next: AgentClaim, patience: WaitOptions): Promise<Reported>
  /** So many tasks of each symbol became ready. */
  wake (counts: ReadonlyMap<string, number>): void
  /** Answers those of this instance that wait. */
  dismiss (who: AgentIdentity): void
  /** How many wait, by their agents' keys. */
  waiting (): ReadonlyMap<string, number>
  /** Answers everybody; nobody waits from now on. */
  close (): void
}

export interface ClaimsOptions {
  readonly store: Pick<Store, 'claim' | 'report' | 'reportAndClaim'>
  readonly clock: Clock
  /** For the ends of waits. */
  readonly alarms: Pick<Clock, 'after'>
  /** How long operations take, by symbol, in ms: how many of them a batch holds is guessed from it. */
  readonly times: ReadonlyMap<string, number>
  readonly agents: Agents
  /** Told of what was handed out. */
  readonly onClaimed: (tasks: readonly ClaimedTask[], who: AgentIdentity) => void
  /** Told of what became of reports, before anybody waits for more work. */
  readonly onReported: (reports: readonly Report[], outcomes: readonly Outcome[], who: AgentIdentity) => void
}

/** A claim that waits. */
interface WaitingClaim {
  readonly claim: AgentClaim
  /** Null before it was woken, and once it has asked for what it was woken for. */
  wokenFor: Prospect | null
}

interface Prospect {
  readonly symbol: string
  readonly count: number
}

export function createClaims ({ store, clock, alarms, times, agents, onClaimed, onReported }: ClaimsOptions): Claims {
  const parked = createWaiters<WaitingClaim>(alarms)
  let closed = false
  /** Counts what became ready, so that a claim that came back empty can tell whether it missed something. */
  let arrivals = 0
  /** Polls that were woken and have not asked yet. */
  let waking = 0

  function wakeFor (symbol: string, count: number): void {
    for (let left = count; left > 0;) {
      const poll = parked.wake(({ claim }) => claim.symbols.includes(symbol))
      if (poll === undefined) return
      const taking = Math.min(left, roomFor(symbol, poll.claim))
      poll.wokenFor = { symbol, count: taking }
      waking++
      left -= taking
    }
  }

  /** How many tasks of a symbol one claim will take while others wait: as many wake-ups are saved. */
  function roomFor (symbol: string, { max, batchMs }: Claim): number {
    return batchMs === undefined || (times.get(symbol) ?? 0) === 0 ? max : 1
  }

  /** Who was woken for tasks and took others, or fewer, has left them to whoever waits next. */
  function passOn ({ symbol, count }: Prospect, taken: readonly ClaimedTask[]): void {
    // Nothing was left, so that there is nothing to pass on either.
    if (taken.length === 0) return
    wakeFor(symbol, count - taken.filter(task => task.symbol === symbol).length)
  }

  /** The claim as the store is to see it. */
  function considerate (claim: AgentClaim): AgentClaim {
    return claim.batchMs !== undefined && parked.size + waking > 0 ? { ...claim, batchMs: 0 } : claim
  }

  function note (claim: AgentClaim, tasks: readonly ClaimedTask[]): void {
    if (tasks.length === 0) return
    agents.claimed(claim, tasks)
    onClaimed(tasks, claim)
  }

  async function claimOnce (claim: AgentClaim): Promise<ClaimedTask[]> {
    const tasks = await store.claim(considerate(claim))
    note(claim, tasks)
    return tasks
  }

  /** Goes on after a claim that found nothing, seen when `arrivals` was `seen`. */
  async function claimLater (claim: AgentClaim, patience: WaitOptions, seen: number): Promise<ClaimedTask[]> {
    if (patience.waitMs <= 0) return []
    const until = clock.monotonic() + patience.waitMs
    const poll: WaitingClaim = { claim, wokenFor: null }
    for (;;) {
      if (arrivals === seen) {
        // It may have left while the store was asked; nobody would answer what is parked after that.
        if (agents.isLeaving(claim)) return []
        const left = until - clock.monotonic()
        if (!await parked.wait(poll, { ...patience, waitMs: left }).woken) return []
      }
      const { wokenFor } = poll
      poll.wokenFor = null
      if (wokenFor !== null) waking--
      if (closed) return []
      if (agents.isLeaving(claim)) {
        if (wokenFor !== null) wakeFor(wokenFor.symbol, wokenFor.count)
        return []
      }
      seen = arrivals
      const tasks = await claimOnce(claim).catch(error => {
        if (wokenFor !== null) wakeFor(wokenFor.symbol, wokenFor.count)
        throw error
      })
      if (wokenFor !== null) passOn(wokenFor, tasks)
      if (tasks.length > 0 || clock.monotonic() >= until) return tasks
    }
  }

  return {
    async claim (claim, patience) {
      agents.asked(claim, claim.symbols)
      if (closed || agents.isLeaving(claim)) return []
      const seen = arrivals
      const tasks = await claimOnce(claim)
      return tasks.length > 0 ? tasks : claimLater(claim, patience, seen)
    },

    async reportAndClaim (reports, next, patience) {
      agents.asked(next, next.symbols)
      const seen = arrivals
      if (closed || agents.isLeaving(next)) {
        const outcomes = await store.report(reports)
        onReported(reports, outcomes, next)
        return { outcomes, claimed: [] }
      }
      const { outcomes, claimed } = await store.reportAndClaim(reports, considerate(next))
      onReported(reports, outcomes, next)
      note(next, claimed)
      if (claimed.length > 0 || !outcomes.every(isAccepted)) return { outcomes, claimed }
      return { outcomes, claimed: await claimLater(next, patience, seen) }
    },

    wake (counts) {
      arrivals++
      for (const [symbol, count] of counts) wakeFor(symbol, count)
    },

    dismiss ({ agent, instance }) {
      parked.dismiss(({ claim }) => claim.agent === agent && claim.instance === instance)
    },

    waiting () {
      const counts = new Map<string, number>()
      for (const { claim } of parked.all()) {
        const key = agentKey(claim)
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      return counts
    },

    close () {
      closed = true
      parked.clear()
    }
  }
}

function isAccepted (outcome: Outcome): boolean {
  return outcome === 'accepted'
}
