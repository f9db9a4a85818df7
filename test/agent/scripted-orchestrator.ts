import { once } from 'node:events'
import { type IncomingHttpHeaders, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { AgentLog, LogLevel } from '../../src/agent/log.js'

export interface Call {
  readonly method: string
  readonly path: string
  /** Path and query as received. */
  readonly target: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** As received. */
  readonly body: string
  readonly remotePort: number | undefined
  /** Fulfilled when the connection closes before the caller has its answer. */
  readonly gone: Promise<void>
}

export interface Answer {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers a call; `count` is the number of calls of its kind, this one included. */
export type Script = (call: Call, count: number) => Answer | Promise<Answer>

export interface ScriptedOrchestrator {
  readonly url: string
  readonly port: number
  readonly claims: readonly Call[]
  readonly reports: readonly Call[]
  readonly heartbeats: readonly Call[]
  /** The first `count` reports, as soon as they have come. */
  reported (count: number): Promise<readonly Call[]>
  /** The same for claims. */
  claimed (count: number): Promise<readonly Call[]>
  /** The same for heartbeats. */
  heartbeaten (count: number): Promise<readonly Call[]>
  /** Cuts every connection and frees the port. */
  close (): Promise<void>
}

/** The answer of a claim that waits until its caller closes the connection. */
export const WAITING: Promise<never> = new Promise(() => {})

export const NO_TASK: Answer = { status: 404 }

/** The answer of an orchestrator with batches. */
export function batchAnswer (...tasks: ReadonlyArray<Readonly<Record<string, unknown>>>): Answer {
  return { status: 200, body: JSON.stringify({ task: tasks[0] ?? null, tasks }) }
}

export function taskAnswer (task: Readonly<Record<string, unknown>>): Answer {
  return { status: 200, body: JSON.stringify({ task }) }
}

/**
 * A node:http server on 127.0.0.1 that answers GET with `claim`, POST with `report` (default 200), and a heartbeat
 * with `heartbeat` (default 404: it has none).
 */
export async function scriptOrchestrator (
  claim: Script, report: Script = () => ({ status: 200 }), listenPort = 0, heartbeat: Script = () => ({ status: 404 })
): Promise<ScriptedOrchestrator> {
  const claims = counted()
  const reports = counted()
  const heartbeats = counted()
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const gone = once(response, 'close').then(() => {})
    const call: Call = {
      method: request.method ?? '',
      path: pathname,
      target: request.url ?? '',
      query: searchParams,
      headers: request.headers,
      body: await text(request),
      remotePort: request.socket.remotePort,
      gone
    }
    const [calls, script] = call.path.endsWith('/heartbeat')
      ? [heartbeats, heartbeat]
      : call.method === 'GET' ? [claims, claim] as const : [reports, report] as const
    calls.add(call)
    const { status, body, headers } = await script(call, calls.all.length)
    response.writeHead(status, headers).end(body)
  })
  server.listen(listenPort, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    claims: claims.all,
    reports: reports.all,
    heartbeats: heartbeats.all,
    reported: reports.reach,
    claimed: claims.reach,
    heartbeaten: heartbeats.reach,
    async close () {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    }
  }
}

function counted () {
  const all: Call[] = []
  const waiting: Array<{ count: number, resolve: (calls: readonly Call[]) => void }> = []
  return {
    all,
    add (call: Call): void {
      all.push(call)
      for (const { count, resolve } of waiting) if (all.length >= count) resolve(all.slice(0, count))
    },
    reach (count: number): Promise<readonly Call[]> {
      if (all.length >= count) return Promise.resolve(all.slice(0, count))
      return new Promise(resolve => waiting.push({ count, resolve }))
    }
  }
}

export interface Listener extends AgentLog {
  readonly messages: readonly string[]
  /** Fulfilled as soon as a line matches `message`. */
  heard (message: RegExp): Promise<void>
}

/** A logger that keeps its lines. */
export function listeningLog (): Listener {
  const messages: string[] = []
  const waiting: Array<{ message: RegExp, resolve: () => void }> = []
  const write = (level: LogLevel) => (data: object, message: string): void => {
    const line = `${level} ${message} ${JSON.stringify(data)}`
    messages.push(line)
    for (const { message: wanted, resolve } of waiting) if (wanted.test(line)) resolve()
  }
  return {
    messages,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    heard (message) {
      if (messages.some(line => message.test(line))) return Promise.resolve()
      return new Promise(resolve => waiting.push({ message, resolve }))
    }
  }
}
