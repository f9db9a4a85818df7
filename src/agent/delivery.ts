import { createRetry, fullJitter } from './backoff.js'
import type { LoopOptions, LoopSignals } from './loop-options.js'
import type { TaskReport, Verdict } from './protocol/report.js'
import type { AgentTask } from './protocol/task.js'

/** Delivers the reports of one loop, and keeps them until the orchestrator takes or refuses them. */
export function createDelivery (options: LoopOptions, { stopping, claiming, graceOver }: LoopSignals) {
  const { client, warnings, agent, log, clock, random } = options
  const retry = createRetry(clock, random, warnings.reports)
  const handleVerdicts = createVerdictHandler(options, stopping)

  /** Calls until an attempt succeeds; null when the grace ends before. */
  async function deliver<T> (attempt: (signal: AbortSignal) => Promise<T>, mayClaim: boolean): Promise<T | null> {
    while (!graceOver.aborted) {
      const signal = mayClaim && !stopping.aborted ? claiming : graceOver
      try {
        const answer = await attempt(signal)
        retry.succeeded()
        return answer
      } catch (error) {
        // An aborted call has most likely reported and waited for tasks, but there is no answer that says so.
        if (!signal.aborted) await retry.pause(error, graceOver)
      }
    }
    return null
  }

  function warnOfUnfinished ({ id }: AgentTask): void {
    log.warn({ agent, task: id }, 'Stopped before the task was reported; it can be claimed again when its lease ends')
  }

  return {
    warnOfUnfinished,

    /** Delivers reports of a batch while its other tasks go on; returns those that were not delivered. */
    async flush (reports: readonly TaskReport[]): Promise<readonly TaskReport[]> {
      try {
        await handleVerdicts(reports, await client.reportMany(reports, graceOver))
        return []
      } catch {
        // Retried at the end of the batch, which logs what is wrong.
        return reports
      }
    },

    /** Delivers all reports and, unless the loop is stopping, claims in the same call; returns the claimed tasks. */
    async reportAndClaim (reports: readonly TaskReport[]): Promise<readonly AgentTask[]> {
      const [first] = reports
      if (first === undefined) return []
      const answer = await deliver(async signal => stopping.aborted
        ? { verdicts: await client.reportMany(reports, signal), tasks: [] }
        : client.reportAndClaim(reports, signal), true)
      if (answer === null) {
        warnOfUnfinished(first.task)
        return []
      }
      await handleVerdicts(reports, answer.verdicts)
      return answer.tasks
    },

    /** Delivers reports one by one, as the plain contract says. */
    async reportEach (reports: readonly TaskReport[]): Promise<void> {
      for (const report of reports) {
        const { task, outcome } = report
        if ('error' in outcome && task.lease === null) {
          // Many orchestrators do not know errors, and some of them take a missing result for 0.
          log.warn({ agent, task: task.id, reason: outcome.error.message },
            'The operation has no result. This orchestrator has no error format; check how it handled the text')
        }
        const verdict = await deliver(signal => client.report(report, signal), false)
        if (verdict === null) warnOfUnfinished(task)
        else await handleVerdicts([report], [verdict])
      }
    }
  }
}

/** Logs the reports that were refused for good, and slows the loop down as long as there are some. */
function createVerdictHandler ({ agent, log, clock, random }: LoopOptions, stopping: AbortSignal) {
  /** Calls in a row with such reports. */
  let refusals = 0

  return async (reports: readonly TaskReport[], verdicts: readonly Verdict[]): Promise<void> => {
    let isRefused = false
    for (const [index, verdict] of verdicts.entries()) {
      if (verdict.taken) continue
      isRefused = true
      log.warn({ agent, task: reports[index]!.task.id, reason: verdict.reason }, 'Report refused; dropping it')
    }
    if (!isRefused) refusals = 0
    // An orchestrator that grants tasks and refuses their reports must not be called as fast as it answers.
    else await clock.sleep(fullJitter(refusals++, random), stopping)
  }
}
