import { Piscina } from 'piscina'
import { domainError } from '../core/errors.js'
import { fromColumns } from '../core/plan/columns.js'
import type { RemotePlanner } from '../core/orchestrator/planning.js'
import type { PlannerAnswer, PlanJob } from './worker.js'

/** How long the thread stays without work, in ms; starting one takes about 100 ms. */
const IDLE_MS = 30_000

/** Lowers the priority of the thread (nice(2)), on systems that have it. */
const NICE = 10

/**
 * Plans long texts in one thread, which starts with the first text. A second thread would take the core that the
 * server or an agent uses.
 */
export function createPlanner (options: Omit<PlanJob, 'work'>): { plan: RemotePlanner, close (): Promise<void> } {
  const pool = new Piscina<PlanJob, PlannerAnswer>({
    filename: new URL('./worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    atomics: 'disabled',
    recordTiming: false,
    niceIncrement: NICE
  })
  let closed = false

  async function run (job: PlanJob): Promise<PlannerAnswer> {
    // A destroyed pool would start a new thread.
    if (closed) throw domainError('draining')
    try {
      return await pool.run(job)
    } catch (error) {
      throw closed ? domainError('draining', {}, error) : error
    }
  }

  return {
    async plan ({ source, variables }) {
      const answer = await run({ ...options, work: { source, variables } })
      if ('refused' in answer) throw domainError(answer.refused.code, answer.refused.data)
      const { columns, written } = answer
      return { plan: fromColumns(columns), written }
    },
    /** Ends the thread. The text that is being planned, and any later one, is refused with `draining`. */
    close () {
      closed = true
      return pool.destroy()
    }
  }
}
