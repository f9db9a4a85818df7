import { sleep } from './retry.js'

/** Time as an agent sees it, so that tests can turn it by hand. */
export interface AgentClock {
  /** Monotonic, in ms, from any start. */
  monotonic (): number
  /** Fulfilled after `ms` or when `signal` is aborted, whichever is first. */
  sleep (ms: number, signal: AbortSignal): Promise<void>
}

export const realClock: AgentClock = { monotonic: () => performance.now(), sleep }
