/**
 * Loaded into a measured process (`node --import`) before its own code: answers the questions of the benchmark that
 * only the process itself can answer.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

/**
 * usage: resources used so far; watch: start to watch the event loop; stall: the longest stall since then; live: what
 * is left after a garbage collection.
 */
export type Question = 'usage' | 'watch' | 'stall' | 'live'

export interface Answer {
  /** Processor time of all threads, in ms. */
  readonly cpuMs: number
  /** Memory of the whole process, in bytes. */
  readonly rssBytes: number
  /** The longest stall of the event loop, in ms; 0 when it is not watched. */
  readonly stallMs: number
  /** Memory of the main thread's objects, in bytes. */
  readonly heapBytes: number
  /** Sockets, timers and requests that are open, by kind. */
  readonly resources: Readonly<Record<string, number>>
}

/** Sampling interval for the event loop, in ms; the histogram includes it. */
const RESOLUTION_MS = 1

let histogram: IntervalHistogram | null = null

// Worker threads load this file too.
if (isMainThread && process.send !== undefined) {
  process.on('message', (question: Question) => {
    const stallMs = histogram === null ? 0 : Math.max(0, histogram.max / 1e6 - RESOLUTION_MS)
    if (question === 'watch') histogram = watch()
    if (question === 'stall') {
      histogram?.disable()
      histogram = null
    }
    if (question === 'live') globalThis.gc?.()
    const { user, system } = process.cpuUsage()
    const { rss: rssBytes, heapUsed: heapBytes } = process.memoryUsage()
    const answer: Answer = { cpuMs: (user + system) / 1000, rssBytes, stallMs, heapBytes, resources: openResources() }
    process.send?.(answer)
  })
  process.channel?.unref()
}

function openResources (): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

function watch (): IntervalHistogram {
  histogram?.disable()
  const fresh = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  fresh.enable()
  return fresh
}
