import { sleep } from '../clock.js'

/**
 * Watches the calls to a server until it has answered one. A claim that waits and a server that never answers look
 * alike for as long as the claim waits; a ping tells them apart.
 *
 * @param ping a call that any orchestrator answers at once, whatever the status
 * @param silenceMs when a call without an answer leads to a ping, and how long that may take in its turn
 */
export function createSilenceWatch (
  ping: (signal: AbortSignal) => Promise<unknown>, silenceMs: number, onSilence: () => void
) {
  /** The server answered, or a call failed and so has its reason in the log. */
  let isExplained = false
  let isWatching = false
  const explain = (): void => { isExplained = true }

  async function watch (signal: AbortSignal): Promise<void> {
    const isSilent = (): boolean => !isExplained && !signal.aborted
    await sleep(silenceMs, signal)
    if (!isSilent()) return
    // If the ping fails, the claim itself reports what is wrong with the connection.
    const pinged = ping(AbortSignal.any([signal, AbortSignal.timeout(silenceMs * 2)])).then(explain, () => {})
    await Promise.race([pinged, sleep(silenceMs, signal)])
    if (isSilent()) onSilence()
  }

  /** Fulfilled or rejected as `call` is. */
  return async <T>(call: Promise<T>, signal: AbortSignal): Promise<T> => {
    call.then(explain, () => {
      if (!signal.aborted) explain()
    })
    if (isExplained || isWatching) return call
    isWatching = true
    const ended = new AbortController()
    const watching = watch(AbortSignal.any([signal, ended.signal]))
    try {
      return await call
    } finally {
      ended.abort()
      await watching
      isWatching = false
    }
  }
}
