/** What the answers of a server mean, for the log of an agent that gets no tasks. */
import { describeError } from '../log.js'
import type { HttpAnswer } from '../protocol/connection.js'
import { objectIn } from '../protocol/json.js'
import { QUOTED_CHARACTERS } from '../protocol/report.js'

const CHECK = 'Check ORCHESTRATOR_URL (--orchestrator)'

/** In the answers of frameworks to an unknown path. */
const UNKNOWN_PATH = /\/internal\/task|cannot get|page not found|no such (route|path)|route not found/i

/** For an answer without a task from a server of which nothing else is known. */
export function describeIdle (url: string, answer: HttpAnswer): string {
  const seen = `${url} answers ${answer.status}${contentOf(answer)}`
  if (isPage(answer)) return `${seen}: this server is not an orchestrator, or a proxy answers for it. ${CHECK}`
  if (answer.status === 404 && UNKNOWN_PATH.test(answer.text)) {
    return `${seen}: this server does not know the path, so it is not an orchestrator. ${CHECK}`
  }
  return `${seen}. An orchestrator answers this while it has no task, another server because it does not know the ` +
    `path. Retrying; if no task arrives: ${CHECK}`
}

/** For a status that refuses a claim, or that no orchestrator answers to one. */
export function describeRefusal (url: string, answer: HttpAnswer): string {
  const { status, location } = answer
  const seen = `The orchestrator answered ${status}${contentOf(answer)}`
  if (status >= 300 && status < 400) {
    return `${seen}: ${url} redirects to ${location === '' ? 'nowhere' : location}. ` +
      'Set ORCHESTRATOR_URL (--orchestrator) to the target'
  }
  if (isPage(answer)) return `${seen}: ${url} is not an orchestrator, or a proxy answers for it. ${CHECK}`
  return status === 401 ? `${seen}. Set INTERNAL_TOKEN to the secret of this server` : seen
}

/** For a 200 that holds no task in a known form. */
export function describeMisfit (url: string, answer: HttpAnswer, error: unknown): string {
  if (isPage(answer)) return describeIdle(url, answer)
  return `${url} answers ${answer.status}${contentOf(answer)}, which is not a task (${describeError(error)}). ${CHECK}`
}

export function describeSilence (url: string, ms: number): string {
  return `${url} has not answered for ${Math.round(ms / 1000)} s: an orchestrator without a task still answers other ` +
    `requests, and this server does not. ${CHECK}`
}

/** For a call without an HTTP answer. */
export function describeFailure (url: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (error instanceof Error && error.name === 'HTTPParserError') {
    return `${url}: this server does not speak HTTP (${describeError(error)}). ${CHECK}`
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return `${url}: this server does not speak TLS (${code}); its URL may begin with http://. ${CHECK}`
  }
  return describeError(error)
}

function contentOf (answer: HttpAnswer): string {
  if (isPage(answer)) return ' with an HTML page'
  // A problem (RFC 9457) has a sentence; any other text is quoted as it is.
  const isProblem = answer.contentType.startsWith('application/problem+json')
  const detail = isProblem ? objectIn(answer.text)['detail'] : undefined
  const quoted = (typeof detail === 'string' ? detail : answer.text.trim()).slice(0, QUOTED_CHARACTERS)
  return quoted === '' ? '' : `: ${quoted}`
}

function isPage ({ contentType, text }: HttpAnswer): boolean {
  return /\bhtml\b/i.test(contentType) || /^\s*<(!doctype|html)/i.test(text)
}
