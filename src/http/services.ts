import type { Orchestrator } from '../core/orchestrator.js'

/** What routes work with. */
export interface Services {
  readonly orchestrator: Orchestrator
}
