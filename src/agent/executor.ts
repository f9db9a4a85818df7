import type { AgentClock } from './clock.js'
import type { Heart } from './heartbeat.js'
import type { TaskReport } from './report.js'
import type { AgentTask } from './task.js'
import { afterwards, work } from './compute.js'

/** What a batch came to. */
export interface Worked {
  readonly done: readonly TaskReport[]
  /** Not worked on, because there was no time left for it. */
  readonly left: readonly AgentTask[]
}

/** One pair of hands: works one task at a time, and takes the operation's time over it. */
export interface Hands {
  /**
   * Works a batch off, one after another. `flush` is given what is done while more remains that takes time, and
   * answers what it could not get rid of.
   */
  workOff (tasks: readonly AgentTask[],
    flush: (done: readonly TaskReport[]) => Promise<readonly TaskReport[]>): Promise<Worked>
  /** Begins nothing more that somebody else can begin, and goes on only with what is done within `ms`. */
  finishWithin (ms: number): void
}

/** Others may wait for a result: one is not kept for longer than this (ms) because its batch has not ended. */
const LONGEST_KEPT_MS = 20

export function createHands ({ clock, heart }: { clock: AgentClock, heart: Heart }): Hands {
  let leaveAt = Infinity
  /** Puts down what is in hand. */
  let interrupt = new AbortController()
  let inHand: AgentTask | null = null
  let dueAt = -Infinity
  /** Tasks that nobody needs any more. */
  const ended = new Set<AgentTask>()

  function holdLong (tasks: readonly AgentTask[]): AgentTask[] {
    let workMs = 0
    return tasks.filter(task => {
      workMs += task.timeMs
      if (!heart.needed(task, workMs)) return false
      heart.hold(task, () => {
        ended.add(task)
        if (inHand === task) interrupt.abort()
      })
      return true
    })
  }

  /** Takes the operation's time; answers how long that was, in ms, or null when it was put down before. */
  async function take (task: AgentTask): Promise<number | null> {
    const beganAt = clock.monotonic()
    dueAt = beganAt + task.timeMs
    if (dueAt > leaveAt) return null
    inHand = task
    interrupt = new AbortController()
    await clock.sleep(task.timeMs, interrupt.signal)
    inHand = null
    dueAt = -Infinity
    return interrupt.signal.aborted ? null : clock.monotonic() - beganAt
  }

  return {
    async workOff (tasks, flush) {
      const held = holdLong(tasks)
      const left: AgentTask[] = []
      let done: TaskReport[] = []
      let keptSince = clock.monotonic()
      for (const task of tasks) {
        if (ended.has(task)) continue
        if (leaveAt < Infinity && task.lease !== null) {
          left.push(task)
          continue
        }
        // Known beforehand, because what cannot be done takes no time.
        let outcome = work(task)
        if ('result' in outcome && task.timeMs > 0) {
          if (done.length > 0 && clock.monotonic() - keptSince + task.timeMs > LONGEST_KEPT_MS) {
            done = [...await flush(done)]
            keptSince = clock.monotonic()
          }
          const tookMs = await take(task)
          if (tookMs === null) {
            if (!ended.has(task)) left.push(task)
            continue
          }
          outcome = afterwards(task, outcome, tookMs)
        }
        done.push({ task, outcome })
        heart.letGo(task)
      }
      for (const task of held) heart.letGo(task)
      ended.clear()
      return { done, left }
    },

    finishWithin (ms) {
      leaveAt = clock.monotonic() + ms
      if (dueAt > leaveAt) interrupt.abort()
    }
  }
}
