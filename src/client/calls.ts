import { pause } from './clock.js'
import { ANSWER_INVALID, LonghandError, isTransient, refusalOf } from './error.js'
import { type Outgoing, type Transport, exchange, textOf } from './exchange.js'
import { type RetryPolicy, delayMs } from './retry.js'

/** What all requests of a client share. */
export interface Session extends Transport {
  readonly random: () => number
  readonly retry: Required<RetryPolicy>
}

export interface Call extends Outgoing {
  /** Called before the request is repeated: the server may have done what it asked for. */
  readonly onRepeat?: () => void
}

/**
 * The JSON of the answer, of the type that the API describes. Repeats the request while it may succeed later, so it has
 * to be one that may be repeated.
 *
 * @throws {LonghandError} or the reason of the signal
 */
export async function call<T> (session: Session, request: Call): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await callOnce(session, request)
    } catch (error) {
      if (!isTransient(error) || failures >= session.retry.retries) throw error
      await pause(session.clock, delayMs(session.retry, failures, session.random, error), request.signal)
      request.onRepeat?.()
    }
  }
}

async function callOnce<T> (session: Session, request: Outgoing): Promise<T> {
  const answer = await exchange(session, request)
  try {
    const { response } = answer
    const text = await textOf(answer)
    if (!response.ok) throw refusalOf(response, text)
    return parsed(text, request.url)
  } finally {
    answer.close()
  }
}

/** @throws `answer_invalid` */
export function parsed<T> (text: string, url: string): T {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new LonghandError(ANSWER_INVALID, `The answer from ${url} is not JSON`, { cause })
  }
}
