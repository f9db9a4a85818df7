import type { Agents, Expression, Language, ListPage, ListQuery, Operation, Status } from './api.js'
import { type Session, call } from './calls.js'
import { type ClientClock, pause, realClock } from './clock.js'
import { LonghandError } from './error.js'
import { SILENT_MS } from './exchange.js'
import { DEFAULT_RETRY, type RetryPolicy } from './retry.js'
import { type ExpressionUpdate, type ListUpdate, createExpressionReader, createListReader } from './state.js'
import { type WatchOptions, watch } from './watch.js'

export interface ClientOptions {
  /** In place of the global one. */
  readonly fetch?: typeof globalThis.fetch
  /** Sent with every request, such as an authorization for a proxy. */
  readonly headers?: Readonly<Record<string, string>>
  readonly retry?: RetryPolicy
  /** Time and chance, for tests. */
  readonly clock?: ClientClock
  readonly random?: () => number
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

export interface CalculateOptions extends CallOptions {
  /** 1 to 255 visible ASCII characters; default: a random one, so that a repeat never submits twice. */
  readonly idempotencyKey?: string | undefined
}

export interface ExpressionOptions extends CallOptions {
  /** How long to wait for a final status, in seconds; `Infinity` waits until it is final. Default 0. */
  readonly waitS?: number | undefined
}

export interface Calculation {
  readonly expression: string
  readonly variables?: Readonly<Record<string, number>> | undefined
}

/** All methods throw a `LonghandError`, or the reason of their signal. */
export interface Client {
  /** Submits an expression; answers its id. */
  calculate (calculation: string | Calculation, options?: CalculateOptions): Promise<number>
  expression (id: number, options?: ExpressionOptions): Promise<Expression>
  /** The operations of its plan: all pages. */
  operations (id: number, options?: CallOptions): Promise<Operation[]>
  expressions (query?: ListQuery, options?: CallOptions): Promise<ListPage>
  /** Answers the cancelled expression. */
  cancel (id: number, options?: CallOptions): Promise<Expression>
  agents (options?: CallOptions): Promise<Agents>
  /** The operations of the language, with their times. */
  language (options?: CallOptions): Promise<Language>
  /** The expression and its operations, then with each change, until it is final. */
  watch (id: number, options?: WatchOptions<ExpressionUpdate>): AsyncIterableIterator<ExpressionUpdate>
  /** The list of all expressions and the agents, then with each change, without end. */
  watchList (options?: WatchOptions<ListUpdate>): AsyncIterableIterator<ListUpdate>
}

/** The longest wait that the server accepts, in seconds. */
const MAX_WAIT_S = 60

/** The largest page that the server accepts. */
const MAX_PAGE = 10_000

/** The pause before a wait that the server ended early is continued. */
const EARLY_MS = 1_000

const FINAL: ReadonlySet<Status> = new Set<Status>(['completed', 'failed', 'cancelled'])

/**
 * A client of the server at this URL, which may have a path, as behind a proxy. In a page it may be relative; '' is the
 * origin of the page.
 *
 * @throws {TypeError} for another URL, or headers that cannot be sent
 */
export function createClient (url: string | URL, options: ClientOptions = {}): Client {
  const api = `${baseOf(String(url))}/api/v1`
  const { fetch = (input, init) => globalThis.fetch(input, init), clock = realClock, random = Math.random } = options
  const headers = Object.fromEntries(new Headers(options.headers))
  const session: Session = { fetch, headers, clock, random, retry: { ...DEFAULT_RETRY, ...options.retry } }
  const pathOf = (id: number): string => `${api}/expressions/${encodeURIComponent(id)}`

  return {
    async calculate (calculation, { idempotencyKey = randomKey(), signal } = {}) {
      const work = typeof calculation === 'string' ? { expression: calculation } : calculation
      const { id } = await call<{ id: number }>(session, {
        url: `${api}/calculate`,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
        body: JSON.stringify(work),
        signal
      })
      return id
    },

    expression: (id, options) => waitFor(session, pathOf(id), options),

    async operations (id, { signal } = {}) {
      const operations: Operation[][] = []
      for (let after: number | undefined = 0; after !== undefined;) {
        const url: string = `${pathOf(id)}/operations?limit=${MAX_PAGE}&after=${after}`
        const page: { operations: Operation[], next?: number } = await call(session, { url, signal })
        operations.push(page.operations)
        after = page.next
      }
      return operations.flat()
    },

    async expressions (query = {}, { signal } = {}) {
      const search = new URLSearchParams()
      for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
      return await call(session, { url: `${api}/expressions?${search}`, signal })
    },

    cancel: (id, options) => cancel(session, pathOf(id), options),
    agents: ({ signal } = {}) => call(session, { url: `${api}/agents`, signal }),

    language: ({ signal } = {}) => call(session, { url: `${api}/operations`, signal }),

    watch: (id, options = {}) =>
      watch(session, { url: `${pathOf(id)}/events`, read: createExpressionReader(options.after), options }),

    watchList: (options = {}) =>
      watch(session, { url: `${api}/events`, read: createListReader(options.after), options })
  }
}

/** @throws {TypeError} */
function baseOf (url: string): string {
  // Only relative ones use the base here.
  const { protocol, username, password, search, hash } = new URL(url, 'http://localhost')
  if (!/^https?:$/.test(protocol) || username + password + search + hash !== '') {
    throw new TypeError(`${url} is not the URL of a server: http or https, without user, query and fragment`)
  }
  return url.replace(/\/+$/, '')
}

/** `crypto.randomUUID` exists only in pages from https and from this machine. */
function randomKey (): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
}

/** Waits in steps, because the server limits one wait. @throws {RangeError} */
async function waitFor (
  session: Session, url: string, { waitS = 0, signal }: ExpressionOptions = {}
): Promise<Expression> {
  if (!(waitS >= 0)) throw new RangeError('waitS has to be at least 0')
  const { clock } = session
  const endMs = clock.monotonic() + waitS * 1000
  for (;;) {
    const beginMs = clock.monotonic()
    const leftMs = Math.max(0, endMs - beginMs)
    const stepMs = Math.min(leftMs, MAX_WAIT_S * 1000)
    const query = stepMs > 0 ? `?wait=${stepMs / 1000}` : ''
    const { expression } = await call<{ expression: Expression }>(session, {
      url: url + query, signal, silentMs: SILENT_MS + stepMs
    })
    if (leftMs === stepMs || FINAL.has(expression.status)) return expression
    // A server that shuts down ends all waits.
    if (clock.monotonic() - beginMs < stepMs) await pause(clock, EARLY_MS, signal)
  }
}

async function cancel (session: Session, url: string, { signal }: CallOptions = {}): Promise<Expression> {
  let isRepeated = false
  const onRepeat = (): void => { isRepeated = true }
  try {
    const { expression } = await call<{ expression: Expression }>(session, { url, method: 'DELETE', signal, onRepeat })
    return expression
  } catch (error) {
    const mayBeDone = isRepeated && error instanceof LonghandError && error.code === 'expression_final'
    if (!mayBeDone) throw error
    // An earlier request may have cancelled it, and its answer was lost.
    const expression = await waitFor(session, url, { signal })
    if (expression.status !== 'cancelled') throw error
    return expression
  }
}
