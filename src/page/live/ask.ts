import type { Answer } from '../model/server-state.js'
import { SERVER } from './client.js'

/**
 * The answer of the server at a path, whatever its status; null where none came in time.
 *
 * @throws what the signal was aborted with, unless that is its time
 */
export async function ask (path: string, signal: AbortSignal): Promise<Answer | null> {
  try {
    const response = await fetch(`${SERVER}${path}`, { signal })
    return { status: response.status, body: await response.text() }
  } catch (error) {
    // Not by the error: of a body that is broken off, it is not that of the signal in each browser.
    const isLate = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'
    // A TypeError is what fetch throws without an answer.
    if (isLate || error instanceof TypeError) return null
    throw error
  }
}
