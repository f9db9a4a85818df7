import { once } from 'node:events'
import { type IncomingHttpHeaders, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { ClientClock } from '../../src/client/clock.js'
import { SILENT_MS } from '../../src/client/exchange.js'

/** A request as it came. */
export interface Received {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Fulfilled when the connection closes, or the answer has been sent. */
  readonly gone: Promise<void>
}

/** Answers a request; `count` is the number of requests so far, this one included. */
export type Script = (received: Received, response: ServerResponse, count: number) => unknown

export interface ScriptedServer {
  readonly url: string
  readonly received: readonly Received[]
  /** The first `count` requests, as soon as they have come. */
  receive (count: number): Promise<readonly Received[]>
}

/** A node:http server on 127.0.0.1 that answers as the script says, until the test ends. */
export async function scriptServer (t: Test, script: Script): Promise<ScriptedServer> {
  const received: Received[] = []
  const watchers = new Set<() => void>()
  const server = createServer(async (request, response) => {
    const gone = once(response, 'close').then(() => {})
    const { method = '', url: target = '', headers } = request
    const call = { method, target, headers, body: await text(request), gone }
    received.push(call)
    for (const watcher of watchers) watcher()
    await script(call, response, received.length)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,

    receive: count => new Promise(resolve => {
      const look = (): void => {
        if (received.length < count) return
        watchers.delete(look)
        resolve(received.slice(0, count))
      }
      watchers.add(look)
      look()
    })
  }
}

export function sendJson (
  response: ServerResponse, body: unknown, status = 200, headers: Readonly<Record<string, string | number>> = {}
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

export function sendProblem (
  response: ServerResponse, status: number, code: string, headers: Readonly<Record<string, string | number>> = {}
): void {
  const problem = { type: `urn:longhand:error:${code}`, title: code, status, detail: `Refused: ${code}`, code }
  sendJson(response, problem, status, { 'content-type': 'application/problem+json', ...headers })
}

/** The text of a message, as the server writes it. */
export function message (event: string, id: string, data: unknown): string {
  return `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Begins a stream of events with these texts, and leaves it open. */
export function beginStream (response: ServerResponse, ...texts: readonly string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
  for (const each of texts) response.write(each)
}

/** Closes the connection without the end of the answer, once what was written has been sent. */
export async function cut (response: ServerResponse): Promise<void> {
  await new Promise(resolve => response.write('', resolve))
  response.socket?.resetAndDestroy()
}

export interface HastyClock extends ClientClock {
  /** The delays of the pauses so far, in ms. */
  readonly pauses: readonly number[]
  /** The limits of the current waits for the server, in ms. */
  readonly waits: readonly number[]
  /** Lets these pass. */
  silence (): void
  /** Lets time pass without firing anything. */
  pass (ms: number): void
}

/** A clock whose pauses end at once, and whose limits on the silence of the server only end by hand. */
export function createHastyClock (): HastyClock {
  const pauses: number[] = []
  const silences = new Map<() => void, number>()
  let nowMs = 0
  return {
    pauses,
    monotonic: () => nowMs,

    after (delayMs, run) {
      if (delayMs < SILENT_MS) {
        pauses.push(delayMs)
        const timer = setImmediate(run)
        return () => clearImmediate(timer)
      }
      silences.set(run, delayMs)
      return () => silences.delete(run)
    },

    get waits () {
      return [...silences.values()]
    },

    silence () {
      for (const run of silences.keys()) run()
    },

    pass (ms) {
      nowMs += ms
    }
  }
}
