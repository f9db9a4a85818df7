import { type Dispatcher, Pool } from 'undici'
import { type AgentTask, type TaskOutcome, parseTask, reportBody } from './task.js'

/** How much longer than asked for an answer may take, and how long a connection may take to open. */
const MARGIN_MS = 5_000

/** A task or a problem is a few hundred bytes; a peer that sends more than this is not an orchestrator. */
const MAX_RESPONSE_BYTES = 1024 * 1024

/** 4xx answers that do not mean that the report itself is wrong: request timeout, too early, too many requests. */
const TRY_AGAIN: ReadonlySet<number> = new Set([408, 425, 429])

/** How much of an answer a log line quotes. */
const QUOTED_CHARACTERS = 200

export interface ClaimRequest {
  /** How long the orchestrator may hold the request until there is work; 0 and more. */
  readonly waitSeconds: number
  /** The agent's name. */
  readonly agent: string
  /** Symbols of the operations that the agent can do. */
  readonly operations: readonly string[]
}

/** What became of a report: taken (or no longer needed), or refused for good. */
export type Verdict =
  | { readonly taken: true }
  | { readonly taken: false, readonly reason: string }

/** One orchestrator, as an agent sees it. A call that is aborted is rejected. */
export interface AgentClient {
  /**
   * Asks for a task; null when there is none.
   *
   * @throws Error when the orchestrator cannot be reached, does not answer in time, or answers something else.
   */
  claim (request: ClaimRequest, signal: AbortSignal): Promise<AgentTask | null>

  /**
   * Delivers what became of a task.
   *
   * @throws Error when it is worth trying again: no connection, no answer in time, 5xx, 408, 425, 429.
   */
  report (task: AgentTask, outcome: TaskOutcome, signal: AbortSignal): Promise<Verdict>

  /** Lets go of the connections, once their calls have ended. */
  close (): Promise<void>
}

export interface ClientOptions {
  /** The orchestrator's base URL, http or https; a path before `/internal` is kept. */
  readonly url: string
  /** Bearer token. */
  readonly token?: string | undefined
  /** How many loops share the client: as many connections, so that a parked poll blocks nobody. */
  readonly loops: number
}

/** @throws TypeError for a URL that is not http or https. */
export function createClient ({ url, token, loops }: ClientOptions): AgentClient {
  const { origin, path } = taskEndpoint(url)
  const pool = new Pool(origin, {
    connections: loops,
    connect: { timeout: MARGIN_MS },
    maxResponseSize: MAX_RESPONSE_BYTES
  })
  const headers = {
    accept: 'application/json',
    ...token === undefined ? {} : { authorization: `Bearer ${token}` }
  }
  const reportHeaders = { ...headers, 'content-type': 'application/json' }

  async function send (
    request: Pick<Dispatcher.RequestOptions, 'path' | 'method' | 'headers' | 'body' | 'signal'>, waitMs: number
  ): Promise<{ status: number, text: string }> {
    const timeoutMs = waitMs + MARGIN_MS
    const { statusCode, body } = await pool.request({ ...request, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
    return { status: statusCode, text: await body.text() }
  }

  return {
    async claim ({ waitSeconds, agent, operations }, signal) {
      const query = `wait=${waitSeconds}&agent=${encodeURIComponent(agent)}` +
        `&operations=${operations.map(encodeURIComponent).join(',')}`
      const get = { method: 'GET', path: `${path}?${query}`, headers, signal } as const
      const { status, text } = await send(get, waitSeconds * 1000)
      if (status === 404 || status === 204) return null
      if (status !== 200) throw new Error(describe(status, text))
      return parseTask(text)
    },

    async report (task, outcome, signal) {
      const body = reportBody(task, outcome)
      const { status, text } = await send({ method: 'POST', path, headers: reportHeaders, body, signal }, 0)
      if (status >= 200 && status < 300) return { taken: true }
      const reason = describe(status, text)
      if (status >= 400 && status < 500 && !TRY_AGAIN.has(status)) return { taken: false, reason }
      throw new Error(reason)
    },

    close: () => pool.close()
  }
}

/** Where tasks are fetched and reported. @throws TypeError for a URL that is not http or https. */
export function taskEndpoint (url: string): { readonly origin: string, readonly path: string } {
  const { protocol, origin, pathname } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`This URL is not http or https: ${url}`)
  return { origin, path: `${pathname.replace(/\/+$/, '')}/internal/task` }
}

function describe (status: number, text: string): string {
  const quoted = text.trim().slice(0, QUOTED_CHARACTERS)
  return `The orchestrator answered ${status}${quoted === '' ? '' : `: ${quoted}`}`
}
