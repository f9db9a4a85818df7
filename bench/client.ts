import { Pool } from 'undici'

/** An expression as the list of the API shows it. */
export interface Listed {
  readonly id: number
  readonly status: string
  readonly result: number | null
}

/** An expression as its own page shows it. */
export interface Shown extends Listed {
  readonly started_at?: string
  readonly finished_at?: string
  readonly operations: { readonly total: number, readonly completed: number }
}

/** An agent as the API shows it. */
export interface Worker {
  readonly name: string | null
  readonly completed: number
  readonly waiting: number
  readonly tasks: readonly unknown[]
}

/** An operation as the plan of an expression shows it. */
export interface Step {
  readonly operation: string
  readonly claimed_at: string | null
  readonly completed_at: string | null
}

/** A client of the server, on persistent connections. Every call throws on an unexpected answer. */
export interface Client {
  submit (source: string): Promise<number>
  find (id: number): Promise<Shown>
  /** Waits until the expression is final. @throws when that takes longer than GIVE_UP_MS */
  final (id: number): Promise<Shown>
  /** Up to `limit` expressions with ids beyond `after`. */
  list (after: number, limit: number): Promise<Listed[]>
  agents (): Promise<Worker[]>
  /** The operations of an expression. */
  steps (id: number): Promise<Step[]>
  /** Asks whether the server is up. */
  live (): Promise<unknown>
  close (): Promise<void>
}

/** What the API allows as `?wait=`, in s. */
const WAIT_S = 60

/** Longer than any calculation of the benchmark takes, in ms. */
const GIVE_UP_MS = 10 * 60 * 1000

export function createClient (url: string, connections = 1): Client {
  const pool = new Pool(url, { connections, headersTimeout: 2 * WAIT_S * 1000, bodyTimeout: 2 * WAIT_S * 1000 })

  async function call<T> (method: 'GET' | 'POST', path: string, expected: number, body?: object): Promise<T> {
    const sent = body === undefined
      ? { method, path }
      : { method, path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const answer = await pool.request(sent)
    const text = await answer.body.text()
    if (answer.statusCode !== expected) throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`)
    return JSON.parse(text) as T
  }

  async function show (id: number, query: string): Promise<Shown> {
    const { expression } = await call<{ expression: Shown }>('GET', `/api/v1/expressions/${id}${query}`, 200)
    return expression
  }

  return {
    async submit (source) {
      const { id } = await call<{ id: number }>('POST', '/api/v1/calculate', 201, { expression: source })
      return id
    },

    find: id => show(id, ''),

    async final (id) {
      const until = performance.now() + GIVE_UP_MS
      for (;;) {
        const shown = await show(id, `?wait=${WAIT_S}`)
        if (shown.status !== 'pending' && shown.status !== 'in_progress') return shown
        if (performance.now() > until) throw new Error(`Expression ${id} is still ${shown.status}`)
      }
    },

    async list (after, limit) {
      const path = `/api/v1/expressions?after=${after}&limit=${limit}`
      return (await call<{ expressions: Listed[] }>('GET', path, 200)).expressions
    },

    async agents () {
      return (await call<{ agents: Worker[] }>('GET', '/api/v1/agents', 200)).agents
    },

    async steps (id) {
      return (await call<{ operations: Step[] }>('GET', `/api/v1/expressions/${id}/operations`, 200)).operations
    },

    live: () => call('GET', '/health/live', 200),

    close: () => pool.close()
  }
}
