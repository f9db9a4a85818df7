import { type Dispatcher, Pool } from 'undici'
import { type Heard, createClaim } from './claim.js'
import { taskEndpoint } from './endpoint.js'
import { isObject } from './json.js'
import {
  TAKEN, type ReportForm, type TaskReport, type Verdict, manyReports, plainReports, verdictsIn
} from './report.js'
import { type AgentTask, type Claimed, type TimeUnit, claimedIn } from './task.js'

/** How much longer than asked for an answer may take, and how long a connection may take to open. */
const MARGIN_MS = 5_000

/** A batch or a problem is some thousand bytes; a peer that sends more than this is not an orchestrator. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024

/**
 * 4xx answers that say nothing of the report: who may speak, and by which name of the server (401, 403, 407, 421), and
 * when (408, 425, 429).
 */
const NOT_NOW: ReadonlySet<number> = new Set([401, 403, 407, 408, 421, 425, 429])

/** What our orchestrator answers to a body that it can never take, and besides to a single report that is of no use. */
const BODY_REFUSED: ReadonlySet<number> = new Set([413, 415, 422])
const LEASE_SUPERSEDED = 409
const TASK_UNKNOWN = 'task_unknown'

/** What orchestrators answer to a report whose form they cannot use: what they read of it then names no task. */
const FORM_REFUSED: ReadonlySet<number> = new Set([400, 404, 422, 500])

/** How much of an answer a log line quotes. */
const QUOTED_CHARACTERS = 200

export interface ClaimRequest {
  /** How long the orchestrator may hold the request until there is work; 0 and more. */
  readonly waitSeconds: number
  /** The agent's name, and which one of that name it is. */
  readonly agent: string
  readonly instance: string
  /** Symbols of the operations that the agent can do. */
  readonly operations: readonly string[]
  /** The most tasks of a batch, and what their times may add up to (ms) after the first; null for any time. */
  readonly max: number
  readonly maxMs: number | null
}

export interface Settled {
  /** One for each report, in their order. */
  readonly verdicts: readonly Verdict[]
  readonly tasks: readonly AgentTask[]
}

export interface Heartbeat {
  readonly working: readonly AgentTask[]
  /** Worked on as well, but not to be prolonged yet. */
  readonly checking?: readonly AgentTask[]
  readonly releasing: readonly AgentTask[]
  readonly leaving: boolean
}

/** One orchestrator, as an agent sees it. A call that is aborted is rejected. */
export interface AgentClient {
  /**
   * Asks for tasks; null when there are none.
   *
   * @throws Error when the orchestrator cannot be reached, does not answer in time, or answers something else.
   */
  claim (signal: AbortSignal): Promise<Claimed | null>

  /**
   * Delivers one report by the plain contract.
   *
   * @throws Error when it is worth trying again: no connection, no answer in time, 5xx, and a 4xx that says nothing of
   *   the report: of the access (401, 403, 407, 421), of the time (408, 425, 429), or of somebody on the way to an
   *   orchestrator that is known to answer otherwise.
   */
  report (report: TaskReport, signal: AbortSignal): Promise<Verdict>

  /**
   * Delivers many reports to an orchestrator that knows more; with `next`, claims in the same call and waits for tasks
   * as long as a claim does.
   *
   * @throws Error as `report`
   */
  settle (reports: readonly TaskReport[], next: boolean, signal: AbortSignal): Promise<Settled>

  /**
   * Says what is being worked on and what is not; answers which of these tasks need no more work, by their ids.
   *
   * @throws Error when it did not get through
   */
  heartbeat (heartbeat: Heartbeat, signal: AbortSignal): Promise<ReadonlySet<string>>

  /** Lets go of the connections, once their calls have ended. */
  close (): Promise<void>
}

export interface ClientOptions {
  /** The orchestrator's base URL, http or https; a path before `/internal` is kept. */
  readonly url: string
  /** Bearer token. */
  readonly token?: string | undefined
  /** How many loops share the client: a connection for each and one for heartbeats, so that nobody blocks others. */
  readonly loops: number
  /** What every claim asks for. */
  readonly request: ClaimRequest
  readonly unit?: TimeUnit
  /** Told, in a sentence, what is odd about a server that hands out nothing; once. */
  readonly remark?: (sentence: string) => void
  /** After how long a first claim that is not answered is looked into, in ms. */
  readonly silenceMs?: number
}

/** Twice this, and a moment, within the five seconds that a person waits for a sign. */
const SILENCE_MS = 2_000

/** @throws TypeError for a URL that is not http or https. */
export function createClient (options: ClientOptions): AgentClient {
  const { url, token, loops, request, unit = 'ms', remark = () => {}, silenceMs = SILENCE_MS } = options

  const { origin, path } = taskEndpoint(url)
  const pool = new Pool(origin, {
    connections: loops + 1,
    connect: { timeout: MARGIN_MS },
    maxResponseSize: MAX_RESPONSE_BYTES
  })
  const headers = {
    accept: 'application/json',
    ...token === undefined ? {} : { authorization: `Bearer ${token}` }
  }
  const jsonHeaders = { ...headers, 'content-type': 'application/json' }
  const { agent, instance, waitSeconds } = request
  const query = queryOf(request)
  const who = `agent=${encodeURIComponent(agent)}&instance=${encodeURIComponent(instance)}`
  const heartbeatPath = path.replace(/task$/, 'heartbeat')
  /** In which form the orchestrator took a report last; it is tried first. */
  let liked: ReportForm | null = null

  async function send (
    request: Pick<Dispatcher.RequestOptions, 'path' | 'method' | 'headers' | 'body' | 'signal'>, waitMs: number
  ): Promise<Heard> {
    const timeoutMs = waitMs + MARGIN_MS
    const answer = await pool.request({ ...request, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
    const header = (name: string): string => String(answer.headers[name] ?? '')
    return {
      status: answer.statusCode,
      text: await answer.body.text(),
      contentType: header('content-type'),
      cacheControl: header('cache-control'),
      location: header('location')
    }
  }

  function post (path: string, body: string, signal: AbortSignal, waitMs = 0) {
    return send({ method: 'POST', path, headers: jsonHeaders, body, signal }, waitMs)
  }

  function heartbeatBody ({ working, checking = [], releasing, leaving }: Heartbeat): string {
    const names = `"agent":${JSON.stringify(agent)},"instance":${JSON.stringify(instance)}`
    const lists = `"tasks":[${working.map(leaseOf)}],"release":[${releasing.map(leaseOf)}]`
    const checked = checking.length === 0 ? '' : `,"check":[${checking.map(leaseOf)}]`
    return `{${names},${lists}${checked}${leaving ? ',"leaving":true' : ''}}`
  }

  return {
    claim: createClaim({
      url: `${origin}${path}`,
      path,
      query,
      waitSeconds,
      unit,
      get: (path, signal) => send({ method: 'GET', path, headers, signal }, waitSeconds * 1000),
      ping: signal => post(heartbeatPath, heartbeatBody({ working: [], releasing: [], leaving: false }), signal),
      remark,
      silenceMs
    }),

    async report (report, signal) {
      const forms = plainReports(report).sort((one, other) => Number(other.form === liked) - Number(one.form === liked))
      let refusal: { readonly status: number, readonly text: string } | undefined
      for (const { form, body } of forms) {
        const answer = await post(path, body, signal)
        if (isTaken(answer.status)) {
          liked = form
          return TAKEN
        }
        // What it says of the first form is told. A fault of its own may have been one of the form, or may pass.
        if (refusal === undefined || answer.status >= 500) refusal = answer
        if (!FORM_REFUSED.has(answer.status)) {
          refusal = answer
          break
        }
      }
      const { status, text } = refusal!
      return refuse(status, text, report.task.lease === null ? isRefusal(status) : isOurRefusal(status, text))
    },

    async settle (reports, next, signal) {
      const body = manyReports(reports)
      const { status, text } = next
        ? await post(`${path}?next=1&${query}`, body, signal, waitSeconds * 1000)
        : await post(`${path}?${who}`, body, signal)
      if (!isTaken(status)) {
        const refusal = refuse(status, text, BODY_REFUSED.has(status))
        return { verdicts: reports.map(() => refusal), tasks: [] }
      }
      const answer: unknown = text === '' ? null : JSON.parse(text)
      const claimed = next ? claimedIn(answer, text, unit) : null
      return { verdicts: verdictsIn(answer, reports.length), tasks: claimed?.tasks ?? [] }
    },

    async heartbeat (heartbeat, signal) {
      const { working, checking = [] } = heartbeat
      const { status, text } = await post(heartbeatPath, heartbeatBody(heartbeat), signal)
      // Not one of the leases is the current one.
      if (status === 409) return new Set([...working, ...checking].map(({ id }) => id))
      if (status !== 200) throw new Error(describe(status, text))
      return endedIn(JSON.parse(text))
    },

    close: () => pool.close()
  }
}

function queryOf ({ waitSeconds, agent, instance, operations, max, maxMs }: ClaimRequest): string {
  return [
    ...waitSeconds > 0 ? [`wait=${waitSeconds}`] : [],
    `agent=${encodeURIComponent(agent)}`,
    `instance=${encodeURIComponent(instance)}`,
    `operations=${operations.map(encodeURIComponent).join(',')}`,
    `max=${max}`,
    ...maxMs === null ? [] : [`max_ms=${maxMs}`]
  ].join('&')
}

function leaseOf ({ id, lease }: AgentTask): string {
  return `{"id":${id},"lease":${lease}}`
}

/** Ids of tasks that are lost or cancelled. @throws Error for an answer of somebody who knows no heartbeats */
function endedIn (answer: unknown): ReadonlySet<string> {
  if (!isObject(answer)) throw new Error('The orchestrator answered something that is not a heartbeat')
  const { lost, cancelled } = answer
  if (!Array.isArray(lost) || !Array.isArray(cancelled)) throw new Error('The orchestrator knows no heartbeats')
  return new Set([...lost, ...cancelled].map(id => JSON.stringify(id)))
}

function isTaken (status: number): boolean {
  return status >= 200 && status < 300
}

/**
 * What is wrong with a report.
 *
 * @param isFinal whether trying again would come to the same
 * @throws Error when it may be better later
 */
function refuse (status: number, text: string, isFinal: boolean): Verdict {
  const reason = describe(status, text)
  if (isFinal) return { taken: false, reason }
  throw new Error(reason)
}

/** For an orchestrator of whom nothing is known. */
function isRefusal (status: number): boolean {
  return status >= 400 && status < 500 && !NOT_NOW.has(status)
}

/** For one that hands out leases. Other 4xx come from a proxy on the way, such as its 404 while no server is up. */
function isOurRefusal (status: number, text: string): boolean {
  return BODY_REFUSED.has(status) || status === LEASE_SUPERSEDED || (status === 404 && codeOf(text) === TASK_UNKNOWN)
}

/** The code of a problem; undefined for any other text. */
function codeOf (text: string): unknown {
  try {
    const problem: unknown = JSON.parse(text)
    return isObject(problem) ? problem['code'] : undefined
  } catch {
    return undefined
  }
}

function describe (status: number, text: string): string {
  const quoted = text.trim().slice(0, QUOTED_CHARACTERS)
  return `The orchestrator answered ${status}${quoted === '' ? '' : `: ${quoted}`}`
}
