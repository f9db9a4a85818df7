import type { Orchestrator } from '../core/orchestrator/orchestrator.js'
import type { RateLimit } from '../core/orchestrator/rate-limit.js'
import type { OwnCheck } from './guard/own-agents.js'
import type { TaskForm } from './schemas/task.js'

/** What routes work with. */
export interface Services {
  readonly orchestrator: Orchestrator
  /** For lines of the log that clients can cause again and again. */
  readonly throttle: RateLimit
}

/** The same for the routes of agents. */
export interface AgentServices extends Services {
  /** How tasks look. */
  readonly form: TaskForm
  readonly isOwn: OwnCheck
}
