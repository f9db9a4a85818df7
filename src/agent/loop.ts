import type { AgentClient } from './client.js'
import type { AgentClock } from './clock.js'
import type { Complaints, Faults } from './faults.js'
import { createHands } from './executor.js'
import type { Heart } from './heartbeat.js'
import type { AgentLog } from './log.js'
import type { TaskReport, Verdict } from './report.js'
import { type Backoff, fullJitter } from './retry.js'
import type { AgentTask, Claimed } from './task.js'

/**
 * Polls that found nothing begin at least this long apart. A poll that was parked is; one that is answered at once,
 * because the orchestrator is draining or knows no long poll, is followed by a pause of this and more.
 */
const PACE_MS = 1_000
const PACE_GROWTH: Backoff = { baseMs: 1_000, capMs: 4_000 }

/** How long a poll may go on that the orchestrator was asked to answer, in ms. */
const ANSWER_MS = 1_000

export interface LoopOptions {
  readonly client: Pick<AgentClient, 'claim' | 'report' | 'settle'>
  /** Shared by the loops of a thread. */
  readonly heart: Heart
  readonly complaints: Complaints
  /** The agent's name; its loops share it. */
  readonly agent: string
  readonly log: AgentLog
  readonly clock: AgentClock
  /** Like Math.random. */
  readonly random: () => number
  /** The pause after a poll that found nothing, in ms; null where polls wait at the orchestrator. */
  readonly pollEveryMs: number | null
}

/** One agent slot: claims tasks, takes the operations' time over them, computes and reports them, and so on. */
export interface Loop {
  /** Works until told to stop. To be called once. */
  run (): Promise<void>
  /**
   * Claims nothing more and has a parked poll answered. The task in hand is finished and reported if that is possible
   * within `graceMs`; what is not is given back.
   */
  stop (graceMs: number): void
}

export function createLoop ({ client, heart, complaints, agent, log, clock, random, pollEveryMs }: LoopOptions): Loop {
  const hands = createHands({ clock, heart })
  const stopping = new AbortController()
  /** Gives up calls that wait for tasks. */
  const hangingUp = new AbortController()
  /** The grace is over. */
  const over = new AbortController()
  const ended = new AbortController()
  const claims = createRetries(complaints.claims)
  const reports = createRetries(complaints.reports)
  /** Polls in a row that found nothing and were answered at once. */
  let hasty = 0
  /** Reports in a row that were refused for good. */
  let refused = 0

  /** Each loop tries again at its own pace, so that they do not all come at once. */
  function createRetries (faults: Faults) {
    let attempts = 0
    return {
      async pause (error: unknown, signal: AbortSignal): Promise<void> {
        faults.note(error)
        await clock.sleep(fullJitter(attempts++, random), signal)
      },
      over (): void {
        faults.over()
        attempts = 0
      }
    }
  }

  async function claim (): Promise<Claimed | null> {
    const began = clock.monotonic()
    let claimed: Claimed | null
    try {
      claimed = await client.claim(hangingUp.signal)
    } catch (error) {
      if (!stopping.signal.aborted) await claims.pause(error, stopping.signal)
      return null
    }
    claims.over()
    if (claimed !== null || clock.monotonic() - began >= PACE_MS) {
      hasty = 0
      return claimed
    }
    await clock.sleep(pollEveryMs ?? PACE_MS + fullJitter(hasty++, random, PACE_GROWTH), stopping.signal)
    return null
  }

  /** Works a batch off and reports it; answers the tasks that came with the answer. */
  async function finish (tasks: readonly AgentTask[], extended: boolean): Promise<readonly AgentTask[]> {
    const { done, left } = await hands.workOff(tasks, extended ? flush : async done => done)
    const released = heart.release(left)
    const next = extended ? await settle(done) : await reportEach(done)
    await released
    const lost = left.find(({ lease }) => lease === null)
    if (lost !== undefined) leaveBehind(lost)
    return next
  }

  function leaveBehind ({ id }: AgentTask): void {
    log.warn({ agent, task: id }, 'Stopped before the task was done; it is handed out again when its lease ends')
  }

  /** Hands in what is done of a batch whose rest takes time; what does not get through is held. */
  async function flush (done: readonly TaskReport[]): Promise<readonly TaskReport[]> {
    try {
      const { verdicts } = await client.settle(done, false, over.signal)
      await heed(done, verdicts)
      return []
    } catch {
      // Tried again with the rest of the batch, and what is wrong is logged then.
      return done
    }
  }

  /** Holds the reports until they are taken or refused, and claims with them. */
  async function settle (done: readonly TaskReport[]): Promise<readonly AgentTask[]> {
    const [first] = done
    if (first === undefined) return []
    while (!over.signal.aborted) {
      const next = !stopping.signal.aborted
      const { signal } = next ? hangingUp : over
      try {
        const settled = await client.settle(done, next, signal)
        reports.over()
        await heed(done, settled.verdicts)
        return settled.tasks
      } catch (error) {
        // Given up in the middle of waiting for tasks: the reports were taken, most likely, but that was not said.
        if (!signal.aborted) await reports.pause(error, over.signal)
      }
    }
    leaveBehind(first.task)
    return []
  }

  /** The same by the plain contract. */
  async function reportEach (done: readonly TaskReport[]): Promise<readonly AgentTask[]> {
    for (const report of done) {
      const { task, outcome } = report
      if ('error' in outcome && task.lease === null) warnOfError(task, outcome.error.message)
      const verdict = await deliver(report)
      if (verdict === null) leaveBehind(task)
      else await heed([report], [verdict])
    }
    return []
  }

  /** Many orchestrators know no errors, and some of them take a result that is not there for 0. */
  function warnOfError ({ id }: AgentTask, reason: string): void {
    log.warn({ agent, task: id, reason }, 'An operation has no result; look whether the orchestrator understood that')
  }

  async function deliver (report: TaskReport): Promise<Verdict | null> {
    while (!over.signal.aborted) {
      try {
        const verdict = await client.report(report, over.signal)
        reports.over()
        return verdict
      } catch (error) {
        if (!over.signal.aborted) await reports.pause(error, over.signal)
      }
    }
    return null
  }

  async function heed (done: readonly TaskReport[], verdicts: readonly Verdict[]): Promise<void> {
    const refusals = verdicts.filter((verdict, index) => {
      if (verdict.taken) return false
      log.warn({ agent, task: done[index]!.task.id, reason: verdict.reason }, 'A report was refused and is dropped')
      return true
    })
    if (refusals.length === 0) refused = 0
    // An orchestrator that hands out what it does not take back must not be asked as fast as it answers.
    else await clock.sleep(fullJitter(refused++, random), stopping.signal)
  }

  async function hangUp (): Promise<void> {
    if (await heart.leave()) await clock.sleep(ANSWER_MS, ended.signal)
    hangingUp.abort()
  }

  return {
    async run () {
      while (!stopping.signal.aborted) {
        const claimed = await claim()
        let tasks = claimed?.tasks ?? []
        while (tasks.length > 0) tasks = await finish(tasks, claimed?.extended === true)
      }
      ended.abort()
    },

    stop (graceMs) {
      stopping.abort()
      hands.finishWithin(graceMs)
      hangUp()
      clock.sleep(graceMs, ended.signal).then(() => {
        over.abort()
        hangingUp.abort()
      })
    }
  }
}
