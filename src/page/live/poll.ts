import type { Answer } from '../model/server-state.js'
import { SERVER } from './client.js'

export interface PollOptions {
  /** From the end of one reading to the start of the next, in ms. */
  readonly everyMs: number
  /** After which a reading is given up, in ms. */
  readonly timeoutMs: number
}

/**
 * Reads again and again, one reading at a time. A hidden page reads nothing; it reads at once when it is seen again.
 *
 * @param read given up when its signal is aborted
 * @returns stops it
 */
export function poll (read: (signal: AbortSignal) => Promise<void>, { everyMs, timeoutMs }: PollOptions): () => void {
  let running: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  async function run (own: AbortController): Promise<void> {
    const timeout = AbortSignal.timeout(timeoutMs)
    timeout.addEventListener('abort', () => own.abort(timeout.reason))
    try {
      await read(own.signal)
    } catch (error) {
      // Of a reading that was given up, nothing is wanted.
      if (running === own) reportError(error)
    }
    if (running !== own) return
    running = null
    timer = setTimeout(attend, everyMs)
  }

  function leave (): void {
    clearTimeout(timer)
    const left = running
    running = null
    left?.abort()
  }

  function attend (): void {
    if (document.hidden) leave()
    else if (running === null) {
      clearTimeout(timer)
      running = new AbortController()
      run(running).catch(reportError)
    }
  }

  document.addEventListener('visibilitychange', attend)
  attend()
  return () => {
    document.removeEventListener('visibilitychange', attend)
    leave()
  }
}

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
