import type { AgentClient, ClaimRequest, Verdict } from './client.js'
import { type AgentLog, reasonOf } from './log.js'
import { type Backoff, fullJitter } from './retry.js'
import type { AgentTask, TaskOutcome } from './task.js'
import { ABILITIES, work } from './work.js'

/**
 * How long a poll is parked, in seconds: long enough that a thousand idle loops ask 50 times a second in all,
 * short enough for proxies, most of which cut a silent connection after 30 or 60.
 */
const WAIT_SECONDS = 20

/**
 * Polls that found nothing begin at least this long apart. A poll that was parked is; one that is answered at once,
 * because the orchestrator is draining or knows no long poll, is followed by a pause of this and more.
 */
const PACE_MS = 1_000
const PACE_GROWTH: Backoff = { baseMs: 1_000, capMs: 4_000 }

/** Time as a loop sees it, so that tests can turn it by hand. */
export interface AgentClock {
  /** Monotonic, in ms, from any start. */
  monotonic (): number
  /** Fulfilled after `ms` or when `signal` is aborted, whichever is first. */
  sleep (ms: number, signal: AbortSignal): Promise<void>
}

export interface LoopOptions {
  readonly client: Pick<AgentClient, 'claim' | 'report'>
  /** The agent's name; its loops share it. */
  readonly agent: string
  readonly log: AgentLog
  readonly clock: AgentClock
  /** Like Math.random. */
  readonly random: () => number
}

/** One agent slot: claims a task, takes the operation's time over it, computes it, reports it, and so on. */
export interface Loop {
  /** Works until told to stop. To be called once. */
  run (): Promise<void>
  /**
   * Claims nothing more and gives up a parked poll. The task in hand is finished and reported if that is possible
   * within `graceMs`; otherwise it is left, and its lease brings it back.
   */
  stop (graceMs: number): void
}

export function createLoop ({ client, agent, log, clock, random }: LoopOptions): Loop {
  const request: ClaimRequest = { waitSeconds: WAIT_SECONDS, agent, operations: ABILITIES }
  const stopping = new AbortController()
  const leaving = new AbortController()
  const ended = new AbortController()
  const claims = createFaults('The orchestrator gives no tasks; trying again')
  const reports = createFaults('A result was not taken; holding it and trying again')
  let leaveAt = Infinity
  let dueAt = -Infinity
  /** Polls in a row that found nothing and were answered at once. */
  let hasty = 0
  /** Reports in a row that were refused for good. */
  let refused = 0

  /** Remembers failures in a row: each reason is logged once, not at every attempt. */
  function createFaults (message: string) {
    let attempts = 0
    let reason = ''
    return {
      async pause (error: unknown, signal: AbortSignal): Promise<void> {
        const why = reasonOf(error)
        if (why !== reason) log.warn({ agent, reason: why }, message)
        reason = why
        await clock.sleep(fullJitter(attempts++, random), signal)
      },
      over (): void {
        if (attempts > 0) log.info({ agent, attempts }, 'The orchestrator answers again')
        attempts = 0
        reason = ''
      }
    }
  }

  async function claim (): Promise<AgentTask | null> {
    const began = clock.monotonic()
    let task: AgentTask | null
    try {
      task = await client.claim(request, stopping.signal)
    } catch (error) {
      if (!stopping.signal.aborted) await claims.pause(error, stopping.signal)
      return null
    }
    claims.over()
    if (task !== null || clock.monotonic() - began >= PACE_MS) {
      hasty = 0
      return task
    }
    await clock.sleep(PACE_MS + fullJitter(hasty++, random, PACE_GROWTH), stopping.signal)
    return null
  }

  async function finish (task: AgentTask): Promise<void> {
    // Known beforehand, because what cannot be done takes no time.
    const outcome = work(task)
    if ('result' in outcome) {
      dueAt = clock.monotonic() + task.timeMs
      if (dueAt > leaveAt) leaving.abort()
      if (task.timeMs > 0) await clock.sleep(task.timeMs, leaving.signal)
    }
    const verdict = await deliver(task, outcome)
    dueAt = -Infinity
    if (verdict === null) {
      log.warn({ agent, task: task.id }, 'Stopped before the task was done; it is handed out again when its lease ends')
      return
    }
    if (verdict.taken) {
      refused = 0
      return
    }
    log.warn({ agent, task: task.id, reason: verdict.reason }, 'A report was refused and is dropped')
    // An orchestrator that hands out what it does not take back must not be asked as fast as it answers.
    await clock.sleep(fullJitter(refused++, random), stopping.signal)
  }

  /** Holds the outcome until it is taken or refused; null when the loop had to leave before. */
  async function deliver (task: AgentTask, outcome: TaskOutcome): Promise<Verdict | null> {
    while (!leaving.signal.aborted) {
      try {
        const verdict = await client.report(task, outcome, leaving.signal)
        reports.over()
        return verdict
      } catch (error) {
        if (!leaving.signal.aborted) await reports.pause(error, leaving.signal)
      }
    }
    return null
  }

  return {
    async run () {
      while (!stopping.signal.aborted) {
        const task = await claim()
        if (task !== null) await finish(task)
      }
      ended.abort()
    },

    stop (graceMs) {
      leaveAt = clock.monotonic() + graceMs
      stopping.abort()
      if (dueAt > leaveAt) leaving.abort()
      else clock.sleep(graceMs, ended.signal).then(() => leaving.abort())
    }
  }
}
