import { once } from 'node:events'
import { type AddressInfo, type Socket, connect } from 'node:net'
import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import type { Test } from 'tap'
import { OPERATIONS } from '../../src/core/operations.js'
import { type Orchestrator, createOrchestrator } from '../../src/core/orchestrator/orchestrator.js'
import { createRateLimit } from '../../src/core/orchestrator/rate-limit.js'
import { DEFAULT_LIMITS, type Limits } from '../../src/core/language/limits.js'
import type { Store } from '../../src/core/store.js'
import { type AppOptions, buildApp } from '../../src/http/app.js'
import type { HttpSettings, PluginOptions } from '../../src/http/plugin.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { systemClock } from '../../src/system/clock.js'
import { type ManualClock, createManualClock } from '../manual-clock.js'

export interface Overrides {
  readonly settings?: Partial<HttpSettings>
  /** In place of the functions of the real orchestrator, which it may call. */
  readonly orchestrator?: Partial<Orchestrator> | ((real: Orchestrator) => Partial<Orchestrator>)
  /** In place of the verbs of the memory store. */
  readonly store?: (real: Store) => Partial<Store>
  readonly slowMs?: AppOptions['slowMs']
  readonly graceLeftMs?: () => number
  readonly ownToken?: string
  readonly kinds?: AppOptions['kinds']
  readonly pageFolder?: URL
  readonly limits?: AppOptions['limits']
  readonly connections?: AppOptions['connections']
}

export interface Built {
  readonly app: FastifyInstance
  /** The real one over a memory store, with the overrides. */
  readonly orchestrator: Orchestrator
  readonly clock: ManualClock
  /** Its own, to be changed as a restart would. */
  readonly limits: Limits
  /** What was logged so far. */
  readonly log: LogLine[]
}

export type LogLine = Readonly<Record<string, unknown>>

/** What the plugin and the app are built of, over a memory store and a clock that is turned by hand. */
export function buildParts (t: Test, overrides: Overrides = {}) {
  const clock = createManualClock()
  const limits = { ...DEFAULT_LIMITS }
  let leases = 0
  const memory = createMemoryStore({
    clock,
    rules: {
      leaseMs: 10_000,
      attempts: 5,
      timeoutMs: null,
      retain: 100,
      retainBytes: 1e9,
      openExpressions: 100,
      openOperations: 1_000,
      openBytes: 1e9
    },
    newLease: () => `lease-${++leases}`
  })
  const real = createOrchestrator({
    store: { ...memory, ...overrides.store?.(memory) },
    clock,
    times: new Map([...OPERATIONS.keys()].map(symbol => [symbol, 100])),
    limits,
    onFault: error => { throw error }
  })
  const replaced = typeof overrides.orchestrator === 'function' ? overrides.orchestrator(real) : overrides.orchestrator
  // As the prototype, so that `draining` stays the real one's.
  const orchestrator: Orchestrator = Object.assign(Object.create(real), replaced)

  const log: LogLine[] = []
  const lines = new Writable({
    write (line, _encoding, done) {
      log.push(JSON.parse(String(line)))
      done()
    }
  })
  t.teardown(() => real.close())
  const options: PluginOptions = {
    orchestrator,
    settings: {
      INTERNAL_ALLOW: [],
      ALLOWED_HOSTS: [],
      ALLOWED_ORIGINS: [],
      BODY_LIMIT_BYTES: 64 * 1024,
      ...overrides.settings
    },
    version: '0.0.0-test',
    throttle: createRateLimit(clock),
    ...overrides.slowMs === undefined ? {} : { slowMs: overrides.slowMs },
    ...overrides.ownToken === undefined ? {} : { ownToken: overrides.ownToken },
    ...overrides.kinds === undefined ? {} : { kinds: overrides.kinds },
    ...overrides.pageFolder === undefined ? {} : { pageFolder: overrides.pageFolder }
  }
  return { options, orchestrator, clock, limits, log, logger: pino({ level: 'warn' }, lines) }
}

/** The app, closed with the test. */
export function build (t: Test, overrides: Overrides = {}): Built {
  const { options, logger, ...parts } = buildParts(t, overrides)
  const app = buildApp({
    ...options,
    logger,
    // Of sockets, whose data takes real time.
    clock: systemClock,
    graceLeftMs: overrides.graceLeftMs ?? (() => 10_000),
    ...overrides.connections === undefined ? {} : { connections: overrides.connections },
    ...overrides.limits === undefined ? {} : { limits: overrides.limits }
  })
  t.teardown(() => app.close())
  return { app, ...parts }
}

/** Submits an expression and answers its id. */
export async function submit (app: FastifyInstance, expression: string): Promise<number> {
  const response = await app.inject({ method: 'POST', url: '/api/v1/calculate', payload: { expression } })
  return response.json<{ id: number }>().id
}

export interface TaskShown {
  readonly id: number
  readonly arg1: number
  readonly arg2: number
  readonly operation: string
  readonly lease: string
  readonly attempt: number
}

/** Claims a task that must be there. */
export async function claim (app: FastifyInstance): Promise<TaskShown> {
  const response = await app.inject('/internal/task')
  return response.json<{ task: TaskShown }>().task
}

/** A promise, and how to fulfil it. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
}

export function defer<T = void> (): Deferred<T> {
  let settle = (_value: T): void => {}
  const promise = new Promise<T>(resolve => { settle = resolve })
  return { promise, resolve: settle }
}

/** Listens on a free port. */
export async function listen (app: FastifyInstance, host = '127.0.0.1'): Promise<number> {
  await app.listen({ host, port: 0 })
  return (app.server.address() as AddressInfo).port
}

/** A connection on which a test writes and reads HTTP by hand. */
export interface Wire {
  readonly socket: Socket
  send (text: string): void
  /** Everything that came, as soon as it holds `text`; rejected when the connection ends before. */
  until (text: string): Promise<string>
  /** Everything that came, as soon as the other side has closed. */
  readonly end: Promise<string>
}

export async function dial (t: Test, port: number, host = '127.0.0.1'): Promise<Wire> {
  const socket = connect({ host, port }).setEncoding('utf8')
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  let received = ''
  socket.on('data', text => { received += text })
  const end = once(socket, 'close').then(() => received)
  return {
    socket,
    send: text => { socket.write(text) },
    async until (text) {
      while (!received.includes(text)) {
        if (socket.closed) throw new Error(`The connection ended after ${JSON.stringify(received)}`)
        await Promise.race([once(socket, 'data'), end])
      }
      return received
    },
    end
  }
}

/** A request as it goes over the wire, for a server on this machine. */
export function request (line: string, headers = '', body = ''): string {
  const length = body === '' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`
  return `${line} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}${length}\r\n${body}`
}
