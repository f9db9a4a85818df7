/** Joins the protocol with its dialects: the one place in the agent that knows both. */
import { type DiscoveryOptions, createDiscovery } from './dialects/discovery.js'
import { createReporter } from './dialects/report.js'
import type { ClaimRequest } from './protocol/claim.js'
import { createProtocol } from './protocol/client.js'
import { type ConnectionOptions, connect } from './protocol/connection.js'
import type { TaskReport, Verdict } from './protocol/report.js'

/** Unit of the orchestrator's `operation_time`: ms by the protocol. */
export type TimeUnit = 'ms' | 'ns'

export interface ClientOptions extends ConnectionOptions, Partial<Pick<DiscoveryOptions, 'warn' | 'silenceMs'>> {
  /** Parameters of every claim. */
  readonly request: ClaimRequest
  readonly unit?: TimeUnit
}

const UNITS_PER_MS: Readonly<Record<TimeUnit, number>> = { ms: 1, ns: 1e6 }

/** Twice this, and a moment, within the five seconds that a person waits for a sign. */
const SILENCE_MS = 2_000

/** One orchestrator, as an agent sees it. A call that is aborted is rejected. */
export type AgentClient = ReturnType<typeof createClient>

/** @throws TypeError for a URL that is not http or https. */
export function createClient (options: ClientOptions) {
  const { request, unit = 'ms', warn = () => {}, silenceMs = SILENCE_MS } = options
  const unitsPerMs = UNITS_PER_MS[unit]
  const connection = connect(options)
  const protocol = createProtocol(connection, request, unitsPerMs)
  const { report, reportMany, reportAndClaim, heartbeat } = protocol
  const reportWithoutLease = createReporter((body, signal) => connection.postTask('', body, signal))

  return {
    /** Claims tasks; null when there are none. */
    claim: createDiscovery(connection, protocol, { waitSeconds: request.waitSeconds, unitsPerMs, warn, silenceMs }),

    /** Delivers one report by the plain contract. @throws Error when another attempt may succeed */
    report: (taskReport: TaskReport, signal: AbortSignal): Promise<Verdict> =>
      (taskReport.task.lease === null ? reportWithoutLease : report)(taskReport, signal),

    reportMany,
    reportAndClaim,
    heartbeat,
    close: connection.close
  }
}
