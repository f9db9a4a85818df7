import { Piscina } from 'piscina'
import { domainError } from './core/errors.js'
import { fromColumns } from './core/plan/columns.js'
import type { RemotePlanner } from './core/planning.js'
import type { PlanAnswer, PlanJob } from './planner-thread.js'

/** Plans long texts in a thread of its own. */
export interface Planner {
  readonly plan: RemotePlanner
  /** Ends the thread; what is being planned fails. */
  close (): Promise<void>
}

/** How long the thread stays without work, in ms: starting one takes about 100 ms. */
const IDLE_MS = 30_000

/** How much less of a busy processor the thread gets than the others (nice(2)); where the system has that. */
const NICE = 10

/** One thread: a second would take the core that the server, or an agent, works on. It begins with the first text. */
export function createPlanner (options: Omit<PlanJob, 'work'>): Planner {
  const pool = new Piscina<PlanJob, PlanAnswer>({
    filename: new URL('./planner-thread.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    atomics: 'disabled',
    recordTiming: false,
    // Who waits for a plan waits long anyway; everybody else goes first.
    niceIncrement: NICE
  })
  return {
    async plan ({ source, variables }) {
      const answer = await pool.run({ ...options, work: { source, variables } })
      if ('refused' in answer) throw domainError(answer.refused.code, answer.refused.data)
      const { columns, written } = answer
      return { plan: fromColumns(columns), written }
    },
    close: () => pool.destroy()
  }
}
