/**
 * Loaded into a process that is measured (`node --import`), before its own code: answers the
 * benchmark's questions about it. What only the process itself can tell.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

/**
 * usage: what it has used; watch: look at the event loop from now on; stall: the longest stall
 * since then.
 */
export type Question = 'usage' | 'watch' | 'stall'

export interface Answer {
  /** Processor time of all threads, in ms. */
  readonly cpuMs: number
  /** Memory that is in use by the whole process, in bytes. */
  readonly rssBytes: number
  /** The longest time for which the event loop did not turn, in ms; 0 where nobody watches. */
  readonly stallMs: number
}

/** How often the event loop is looked at, in ms; it is part of what the histogram shows. */
const RESOLUTION_MS = 1

let histogram: IntervalHistogram | null = null

// Worker threads load it too.
if (isMainThread && process.send !== undefined) {
  process.on('message', (question: Question) => {
    const stallMs = histogram === null ? 0 : Math.max(0, histogram.max / 1e6 - RESOLUTION_MS)
    if (question === 'watch') histogram = watch()
    if (question === 'stall') {
      histogram?.disable()
      histogram = null
    }
    const { user, system } = process.cpuUsage()
    const answer: Answer = { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage().rss, stallMs }
    process.send?.(answer)
  })
  process.channel?.unref()
}

function watch (): IntervalHistogram {
  histogram?.disable()
  const fresh = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  fresh.enable()
  return fresh
}
