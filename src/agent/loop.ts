import { createClaimer } from './claimer.js'
import { createDelivery } from './delivery.js'
import { createExecutor } from './executor.js'
import type { LoopOptions } from './loop-options.js'
import type { AgentTask } from './protocol/task.js'

/** How long a claim may go on after the orchestrator agreed to answer it, in ms. */
const ANSWER_MS = 1_000

/** One slot of an agent: claims tasks, spends the operations' times on them, computes and reports them, and repeats. */
export function createLoop (options: LoopOptions) {
  const { heartbeat, clock } = options
  const stopping = new AbortController()
  const claiming = new AbortController()
  const graceOver = new AbortController()
  const ended = new AbortController()
  const signals = { stopping: stopping.signal, claiming: claiming.signal, graceOver: graceOver.signal }
  const executor = createExecutor({ clock, heartbeat })
  const claim = createClaimer(options, signals)
  const delivery = createDelivery(options, signals)

  /** Works on a batch and reports it; returns the tasks that came with the answer. */
  async function finish (tasks: readonly AgentTask[], extended: boolean): Promise<readonly AgentTask[]> {
    const { reports, unfinished } = await executor.execute(tasks, extended ? delivery.flush : async reports => reports)
    const released = heartbeat.release(unfinished)
    let next: readonly AgentTask[] = []
    if (extended) next = await delivery.reportAndClaim(reports)
    else await delivery.reportEach(reports)
    await released
    const dropped = unfinished.find(({ lease }) => lease === null)
    if (dropped !== undefined) delivery.warnOfUnfinished(dropped)
    return next
  }

  async function endClaim (): Promise<void> {
    if (await heartbeat.leave()) await clock.sleep(ANSWER_MS, ended.signal)
    claiming.abort()
  }

  return {
    /** Works until stopped. To be called once. */
    async run (): Promise<void> {
      while (!stopping.signal.aborted) {
        const claimed = await claim()
        let tasks = claimed?.tasks ?? []
        while (tasks.length > 0) tasks = await finish(tasks, claimed?.extended === true)
      }
      ended.abort()
    },

    /**
     * Claims no more and ends a claim that waits. The task in progress is finished and reported if that is possible
     * within `graceMs`, and released otherwise.
     */
    stop (graceMs: number): void {
      stopping.abort()
      executor.finishWithin(graceMs)
      endClaim()
      clock.sleep(graceMs, ended.signal).then(() => {
        graceOver.abort()
        claiming.abort()
      })
    }
  }
}
