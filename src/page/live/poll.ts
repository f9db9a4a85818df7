export interface PollOptions {
  /** From the end of one reading to the start of the next, in ms. */
  readonly everyMs: number
  /** After which a reading is given up, in ms. */
  readonly timeoutMs: number
  /** Whether it is seen, with an event `visibilitychange` when that changes: the document. */
  readonly page: EventTarget & { readonly hidden: boolean }
  /** Receives the errors of readings that were not given up. */
  readonly report: (error: unknown) => void
}

/**
 * Reads again and again, one reading at a time. A hidden page reads nothing; it reads at once when it is seen again.
 *
 * @param read given up when its signal is aborted
 * @returns stops it
 */
export function poll (read: (signal: AbortSignal) => Promise<void>, options: PollOptions): () => void {
  const { everyMs, timeoutMs, page, report } = options
  let running: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  async function run (own: AbortController): Promise<void> {
    const timeout = AbortSignal.timeout(timeoutMs)
    timeout.addEventListener('abort', () => own.abort(timeout.reason))
    try {
      await read(own.signal)
    } catch (error) {
      // Of a reading that was given up, nothing is wanted.
      if (running === own) report(error)
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
    if (page.hidden) leave()
    else if (running === null) {
      clearTimeout(timer)
      running = new AbortController()
      run(running).catch(report)
    }
  }

  page.addEventListener('visibilitychange', attend)
  attend()
  return () => {
    page.removeEventListener('visibilitychange', attend)
    leave()
  }
}
