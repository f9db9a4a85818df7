import { type Dispatcher, Pool } from 'undici'
import { endpointOf } from './endpoint.js'

/** How much longer than the requested wait an answer may take, and how long a connection may take to open. */
const MARGIN_MS = 5_000

/** A batch or a problem has some thousand bytes; a peer that sends more than this is not an orchestrator. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024

export interface HttpAnswer {
  readonly status: number
  readonly text: string
  readonly contentType: string
  readonly cacheControl: string
  /** The target of a redirect; '' without one. */
  readonly location: string
}

export interface ConnectionOptions {
  /** The orchestrator's base URL, http or https; `/internal` follows its path. */
  readonly url: string
  /** Bearer token. */
  readonly token?: string | undefined
  /** How many loops share it: one connection for each and one for heartbeats, so that no call blocks another. */
  readonly loops: number
}

export type Connection = ReturnType<typeof connect>

/**
 * The HTTP connections to one orchestrator. A query begins with `?` or is empty.
 *
 * @throws TypeError for a URL that is not http or https.
 */
export function connect ({ url, token, loops }: ConnectionOptions) {
  const { origin, taskPath, heartbeatPath } = endpointOf(url)
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

  async function send (request: Dispatcher.RequestOptions, waitMs: number): Promise<HttpAnswer> {
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

  function post (path: string, body: string, signal: AbortSignal, waitMs = 0): Promise<HttpAnswer> {
    return send({ method: 'POST', path, headers: jsonHeaders, body, signal }, waitMs)
  }

  return {
    taskUrl: `${origin}${taskPath}`,

    getTask: (query: string, signal: AbortSignal, waitMs: number) =>
      send({ method: 'GET', path: `${taskPath}${query}`, headers, signal }, waitMs),

    postTask: (query: string, body: string, signal: AbortSignal, waitMs?: number) =>
      post(`${taskPath}${query}`, body, signal, waitMs),

    postHeartbeat: (body: string, signal: AbortSignal) => post(heartbeatPath, body, signal),

    /** Closes the connections once their calls have ended. */
    close: () => pool.close()
  }
}
