import type { AgentClock } from './clock.js'
import { compute, withMeasuredTime } from './compute.js'
import type { Heartbeat } from './heartbeat.js'
import type { TaskReport } from './protocol/report.js'
import type { AgentTask } from './protocol/task.js'

/** The longest time (ms) that a result waits for the rest of its batch: a client may be waiting for it. */
const LONGEST_KEPT_MS = 20

/** Works on one task at a time, and spends the operation's time on it. */
export function createExecutor ({ clock, heartbeat }: { clock: AgentClock, heartbeat: Heartbeat }) {
  const timer = createOperationTimer(clock)
  /** Tasks that need no more work. */
  const ended = new Set<AgentTask>()

  function track (tasks: readonly AgentTask[]): AgentTask[] {
    let workMs = 0
    return tasks.filter(task => {
      workMs += task.timeMs
      if (!heartbeat.isNeeded(task, workMs)) return false
      heartbeat.track(task, () => {
        ended.add(task)
        timer.interrupt(task)
      })
      return true
    })
  }

  return {
    /**
     * Works on a batch, one task after another. `flush` gets the reports so far before a task that would delay them,
     * and returns those that it could not deliver.
     *
     * @returns the reports that are not delivered yet, and the tasks for which no time was left
     */
    async execute (
      tasks: readonly AgentTask[], flush: (reports: readonly TaskReport[]) => Promise<readonly TaskReport[]>
    ): Promise<{ reports: readonly TaskReport[], unfinished: readonly AgentTask[] }> {
      const tracked = track(tasks)
      const unfinished: AgentTask[] = []
      let reports: TaskReport[] = []
      let keptSince = clock.monotonic()
      for (const task of tasks) {
        if (ended.has(task)) continue
        if (timer.isLeaving() && task.lease !== null) {
          unfinished.push(task)
          continue
        }
        // Computed first, because an error takes no time.
        let outcome = compute(task)
        if ('result' in outcome && task.timeMs > 0) {
          if (reports.length > 0 && clock.monotonic() - keptSince + task.timeMs > LONGEST_KEPT_MS) {
            reports = [...await flush(reports)]
            keptSince = clock.monotonic()
          }
          const tookMs = await timer.spend(task)
          if (tookMs === null) {
            if (!ended.has(task)) unfinished.push(task)
            continue
          }
          outcome = withMeasuredTime(task, outcome, tookMs)
        }
        reports.push({ task, outcome })
        heartbeat.untrack(task)
      }
      for (const task of tracked) heartbeat.untrack(task)
      ended.clear()
      return { reports, unfinished }
    },

    /** Begins no more tasks that have a lease, and finishes others only if they are done within `ms`. */
    finishWithin: timer.finishWithin
  }
}

/** Spends the times of operations, one at a time. */
function createOperationTimer (clock: AgentClock) {
  let leaveAt = Infinity
  let interruption = new AbortController()
  let current: AgentTask | null = null
  let dueAt = -Infinity

  return {
    isLeaving: () => leaveAt < Infinity,

    /** How long the task took, in ms; null when it was interrupted. */
    async spend (task: AgentTask): Promise<number | null> {
      const beganAt = clock.monotonic()
      dueAt = beganAt + task.timeMs
      if (dueAt > leaveAt) return null
      current = task
      interruption = new AbortController()
      await clock.sleep(task.timeMs, interruption.signal)
      current = null
      dueAt = -Infinity
      return interruption.signal.aborted ? null : clock.monotonic() - beganAt
    },

    interrupt (task: AgentTask): void {
      if (current === task) interruption.abort()
    },

    finishWithin (ms: number): void {
      leaveAt = clock.monotonic() + ms
      if (dueAt > leaveAt) interruption.abort()
    }
  }
}
