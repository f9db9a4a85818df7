import type { Orchestrator } from '../core/orchestrator/orchestrator.js'
import type { RateLimit } from '../core/orchestrator/rate-limit.js'
import type { OwnCheck } from './guard/own-agents.js'
import type { TaskForm } from './schemas/task.js'

/** What every route needs. */
export interface Services {
  readonly orchestrator: Orchestrator
  /** Bounds the lines that clients can cause in the log. */
  readonly throttle: RateLimit
}

/** What the routes of agents need besides. */
export interface AgentServices extends Services {
  /** How tasks are written. */
  readonly form: TaskForm
  readonly isOwn: OwnCheck
}
