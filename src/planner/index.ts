import { Piscina } from 'piscina'
import { domainError } from '../core/errors.js'
import { fromColumns } from '../core/plan/columns.js'
import type { RemotePlanner } from '../core/orchestrator/planning.js'
import type { PlanAnswer, PlanJob } from './thread.js'

/** Plans long texts in a thread of its own. */
export interface Planner {
  readonly plan: RemotePlanner
  /** Ends the thread. What is being planned, and whatever is still to be planned, is refused with `draining`. */
  close (): Promise<void>
}

/** How long the thread stays without work, in ms: starting one takes about 100 ms. */
const IDLE_MS = 30_000

/** How much less of a busy processor the thread gets than the others (nice(2)); where the system has that. */
const NICE = 10

/** One thread: a second would take the core that the server, or an agent, works on. It begins with the first text. */
export function createPlanner (options: Omit<PlanJob, 'work'>): Planner {
  const pool = new Piscina<PlanJob, PlanAnswer>({
    filename: new URL('./thread.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    atomics: 'disabled',
    recordTiming: false,
    // A long plan takes a while anyway; everything else goes first.
    niceIncrement: NICE
  })
  let closed = false

  async function run (job: PlanJob): Promise<PlanAnswer> {
    // A pool that has been destroyed would start a new thread.
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
    close () {
      closed = true
      return pool.destroy()
    }
  }
}
