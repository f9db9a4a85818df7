import { type ServerFigures, readMetrics, serverFigures } from './metrics.js'

/** An answer of the server, with its body as text. */
export interface Answer {
  readonly status: number
  readonly body: string
}

/** unknown: the server does not answer, or something else answers in its place. */
export type Readiness = 'accepting' | 'draining' | 'store_unavailable' | 'unknown'

/** Why the figures were not read: an answer with an error status, or none. */
export type Failure =
  | { readonly kind: 'refused', readonly status: number, readonly message: string }
  | { readonly kind: 'unanswered' }

/** What the operator's view shows. */
export interface ServerState {
  /** The last ones that were read; null before. */
  readonly figures: ServerFigures | null
  readonly readiness: Readiness
  /** Of the last attempt to read the figures; null where they were read. */
  readonly failure: Failure | null
}

/**
 * The state after the server was asked again.
 *
 * @param before null for nothing
 * @param metrics the answer to `/metrics`; null for none
 * @param ready the answer to `/health/ready`; null for none
 */
export function nextState (before: ServerState | null, metrics: Answer | null, ready: Answer | null): ServerState {
  const failure = failureOf(metrics)
  const figures = before?.figures ?? null
  return {
    figures: failure === null && metrics !== null ? serverFigures(readMetrics(metrics.body), figures) : figures,
    readiness: readinessOf(ready),
    failure
  }
}

function failureOf (answer: Answer | null): Failure | null {
  if (answer === null) return { kind: 'unanswered' }
  const { status, body } = answer
  return status < 400 ? null : { kind: 'refused', status, message: messageOf(body) }
}

const READINESS: ReadonlyMap<unknown, Readiness> = new Map([
  ['ok', 'accepting'], ['draining', 'draining'], ['storage_unavailable', 'store_unavailable']
])

function readinessOf (answer: Answer | null): Readiness {
  const body = answer === null ? undefined : readJson(answer.body)
  return READINESS.get(memberOf(body, 'status')) ?? 'unknown'
}

/** A longer message is cut, in characters. */
const MAX_MESSAGE = 200

/** What an error says: the detail of a problem, else a text. Empty for a document, such as that of a proxy. */
function messageOf (body: string): string {
  const problem = readJson(body)
  const said = [memberOf(problem, 'detail'), memberOf(problem, 'title')].find(each => typeof each === 'string')
  const text = typeof said === 'string' ? said : problem === undefined ? body.trim() : ''
  return text.startsWith('<') ? '' : text.slice(0, MAX_MESSAGE)
}

/** Undefined for what is not JSON. */
function readJson (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function memberOf (value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
