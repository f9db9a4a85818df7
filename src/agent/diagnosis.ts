/** What the answers of a server say of it, for a person whose agent gets no tasks. */
import { isObject } from './json.js'
import { reasonOf } from './log.js'

/** An answer to a claim. */
export interface ClaimAnswer {
  readonly status: number
  readonly text: string
  readonly contentType: string
  /** Where it redirects to; '' if it does not. */
  readonly location: string
}

/** How much of an answer a log line quotes. */
const QUOTED_CHARACTERS = 200

const CHECK = 'Check ORCHESTRATOR_URL (--orchestrator)'

/** Of answers that frameworks give for a path that they do not know. */
const UNKNOWN_PATH = /\/internal\/task|cannot get|page not found|no such (route|path)|route not found/i

/** For an answer without a task, of a server of which nothing else is known. */
export function describeIdle (url: string, answer: ClaimAnswer): string {
  const seen = `${url} answers ${answer.status}${contentOf(answer)}`
  if (isPage(answer)) return `${seen}: this server is not an orchestrator, or a proxy answers for it. ${CHECK}`
  if (answer.status === 404 && UNKNOWN_PATH.test(answer.text)) {
    return `${seen}: this server does not know the path, so it is not an orchestrator. ${CHECK}`
  }
  return `${seen}. An orchestrator answers this while it has no task, another server because it does not know the ` +
    `path. Asking again; if no task comes: ${CHECK}`
}

/** For an answer that an orchestrator does not give to a claim, or gives to refuse it. */
export function describeRefusal (url: string, answer: ClaimAnswer): string {
  const { status, location } = answer
  const seen = `The orchestrator answered ${status}${contentOf(answer)}`
  if (status >= 300 && status < 400) {
    return `${seen}: ${url} redirects to ${location === '' ? 'nowhere' : location}. ` +
      'Set ORCHESTRATOR_URL (--orchestrator) to where it leads'
  }
  if (isPage(answer)) return `${seen}: ${url} is not an orchestrator, or a proxy answers for it. ${CHECK}`
  return status === 401 ? `${seen}. Set INTERNAL_TOKEN to the secret of this server` : seen
}

/** For a 200 that holds no task of a form that is known. */
export function describeMisfit (url: string, answer: ClaimAnswer, error: unknown): string {
  if (isPage(answer)) return describeIdle(url, answer)
  return `${url} answers ${answer.status}${contentOf(answer)}, which is not a task (${reasonOf(error)}). ${CHECK}`
}

export function describeSilence (url: string, ms: number): string {
  return `${url} has not answered for ${Math.round(ms / 1000)} s: an orchestrator without a task answers other ` +
    `requests meanwhile, and this server does not. ${CHECK}`
}

/** For a call that was not answered in HTTP. */
export function describeFailure (url: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (error instanceof Error && error.name === 'HTTPParserError') {
    return `${url}: this server does not speak HTTP (${reasonOf(error)}). ${CHECK}`
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return `${url}: this server does not speak TLS (${code}); its URL may begin with http://. ${CHECK}`
  }
  return reasonOf(error)
}

function contentOf (answer: ClaimAnswer): string {
  if (isPage(answer)) return ' with an HTML page'
  const quoted = (detailOf(answer) ?? answer.text.trim()).slice(0, QUOTED_CHARACTERS)
  return quoted === '' ? '' : `: ${quoted}`
}

/** The sentence of a problem body (RFC 9457). */
function detailOf ({ contentType, text }: ClaimAnswer): string | null {
  if (!contentType.startsWith('application/problem+json')) return null
  try {
    const problem: unknown = JSON.parse(text)
    return isObject(problem) && typeof problem['detail'] === 'string' ? problem['detail'] : null
  } catch {
    // Then it is quoted as it is.
    return null
  }
}

function isPage ({ contentType, text }: ClaimAnswer): boolean {
  return /\bhtml\b/i.test(contentType) || /^\s*<(!doctype|html)/i.test(text)
}
