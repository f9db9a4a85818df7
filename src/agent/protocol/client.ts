/** The worker protocol as Longhand's server speaks it: docs/worker-protocol.md. */
import { type ClaimRequest, claimQuery, identityQuery } from './claim.js'
import type { Connection, HttpAnswer } from './connection.js'
import { type HeartbeatMessage, endedIn, heartbeatBody } from './heartbeat.js'
import {
  TAKEN, type TaskReport, type Verdict, describeAnswer, isTaken, refusalOf, refusesReport, refusesReports, reportBody,
  reportsBody, verdictsIn
} from './report.js'
import { type AgentTask, tasksIn } from './task.js'

/** The answer to reports that also claimed: one verdict for each report, in their order, and the claimed tasks. */
export interface Reported {
  readonly verdicts: readonly Verdict[]
  readonly tasks: readonly AgentTask[]
}

export type Protocol = ReturnType<typeof createProtocol>

export function createProtocol (connection: Connection, request: ClaimRequest, unitsPerMs: number) {
  const query = claimQuery(request)
  const identity = `?${identityQuery(request)}`
  const waitMs = request.waitSeconds * 1000

  function heartbeat (message: HeartbeatMessage, signal: AbortSignal): Promise<HttpAnswer> {
    return connection.postHeartbeat(heartbeatBody(request, message), signal)
  }

  async function deliver (
    query: string, reports: readonly TaskReport[], signal: AbortSignal, waitMs = 0
  ): Promise<Reported> {
    const answer = await connection.postTask(query, reportsBody(reports), signal, waitMs)
    if (!isTaken(answer)) {
      const refusal = refusalOf(answer, refusesReports(answer))
      return { verdicts: reports.map(() => refusal), tasks: [] }
    }
    const body: unknown = answer.text === '' ? null : JSON.parse(answer.text)
    return { verdicts: verdictsIn(body, reports.length), tasks: tasksIn(body, unitsPerMs) }
  }

  return {
    /** The answer is 200 with `tasks`, or 404 with `Cache-Control: no-store` when there is no task. */
    claim: (signal: AbortSignal) => connection.getTask(`?${query}`, signal, waitMs),

    /** Delivers one report that carries a lease. @throws Error when another attempt may succeed */
    async report (report: TaskReport, signal: AbortSignal): Promise<Verdict> {
      const answer = await connection.postTask('', reportBody(report), signal)
      return isTaken(answer) ? TAKEN : refusalOf(answer, refusesReport(answer))
    },

    /** Delivers many reports; the verdicts are in their order. @throws Error when another attempt may succeed */
    async reportMany (reports: readonly TaskReport[], signal: AbortSignal): Promise<readonly Verdict[]> {
      return (await deliver(identity, reports, signal)).verdicts
    },

    /** Delivers many reports and claims in the same call, which waits for tasks as long as a claim does. */
    reportAndClaim: (reports: readonly TaskReport[], signal: AbortSignal) =>
      deliver(`?next=1&${query}`, reports, signal, waitMs),

    /**
     * Names the tasks that are worked on and those that are not; returns the ids of tasks that need no more work.
     *
     * @throws Error when the heartbeat failed
     */
    async heartbeat (message: HeartbeatMessage, signal: AbortSignal): Promise<ReadonlySet<string>> {
      const answer = await heartbeat(message, signal)
      // None of the leases is current.
      if (answer.status === 409) return new Set([...message.working, ...message.checking ?? []].map(({ id }) => id))
      if (answer.status !== 200) throw new Error(describeAnswer(answer))
      return endedIn(JSON.parse(answer.text))
    },

    /** A heartbeat that names no task: an orchestrator answers it at once, whatever the status. */
    ping: (signal: AbortSignal) => heartbeat({ working: [], releasing: [], leaving: false }, signal)
  }
}
