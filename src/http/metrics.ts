import type { Gauges } from '../core/orchestrator/gauges.js'
import { OPERATIONS } from '../core/operations.js'
import type { Orchestrator } from '../core/orchestrator/orchestrator.js'
import type { Counts } from '../core/orchestrator/recorder.js'

/**
 * The metrics of Prometheus, named by its conventions: base units, and `_total` for counters. Counters belong to the
 * process; gauges belong to the store, so that every orchestrator of one store shows the same.
 */
export type Metrics = ReturnType<typeof createMetrics>

interface Response {
  readonly method: string
  /** The pattern of the route, so that ids make no series of their own. */
  readonly route: string
  readonly status: number
  readonly seconds: number
}

/** Upper bounds in seconds: a response usually takes 1 ms, and tens of ms while the disk is busy. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

const COUNTERS: ReadonlyArray<readonly [name: string, help: string, of: (counts: Counts) => number]> = [
  ['expressions_submitted_total', 'Expressions submitted to this process', counts => counts.submitted],
  ['tasks_claimed_total', 'Tasks claimed from this process', counts => counts.claimed],
  ['tasks_claimed_again_total', 'Claims of tasks that had been claimed before', counts => counts.claimedAgain],
  ['leases_expired_total', 'Leases that expired', counts => counts.expired]
]

const GAUGES: ReadonlyArray<readonly [name: string, help: string, of: (gauges: Gauges) => number]> = [
  ['expressions_open', 'Unfinished expressions', gauges => gauges.openExpressions],
  ['operations_open', 'Operations of unfinished expressions, completed ones included', gauges => gauges.openOperations],
  ['lease_age_seconds', 'Age of the oldest current lease', gauges => gauges.leaseAgeMs / 1000],
  ['queue_age_seconds', 'How long the oldest pending expression has waited for its first claim',
    gauges => gauges.queueAgeMs / 1000],
  ['critical_path_seconds', 'The longest remaining path among the hundred oldest expressions in progress',
    gauges => gauges.criticalPathMs / 1000]
]

/** @param prometheus the package, which is loaded for the first scrape */
export function createMetrics (
  { Counter, Gauge, Histogram, Registry, collectDefaultMetrics }: typeof import('prom-client'),
  orchestrator: Pick<Orchestrator, 'measure' | 'following'>
) {
  const register = new Registry()
  const registers = [register]
  let measuring: ReturnType<Orchestrator['measure']> | undefined

  /** Shared by all metrics of one scrape. */
  function measureOnce (): ReturnType<Orchestrator['measure']> {
    measuring ??= orchestrator.measure().finally(() => { measuring = undefined })
    return measuring
  }

  collectDefaultMetrics({ register })
  const times = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of requests, without those that asked to wait',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers
  })
  for (const [name, help, of] of COUNTERS) {
    const counter = new Counter({
      name: `longhand_${name}`,
      help,
      registers,
      async collect () {
        const { counts } = await measureOnce()
        counter.reset()
        counter.inc(of(counts))
      }
    })
  }
  for (const [name, help, of] of GAUGES) {
    const gauge = new Gauge({
      name: `longhand_${name}`,
      help,
      registers,
      async collect () {
        const { gauges } = await measureOnce()
        if (gauges === null) gauge.remove()
        else gauge.set(of(gauges))
      }
    })
  }
  const up = new Gauge({
    name: 'longhand_store_up',
    help: '1 while the store is available, 0 while it is not and the gauges of its content are absent',
    registers,
    async collect () {
      up.set((await measureOnce()).gauges === null ? 0 : 1)
    }
  })
  const streams = new Gauge({
    name: 'longhand_event_streams',
    help: 'Event streams that clients of this process follow',
    registers,
    collect () {
      streams.set(orchestrator.following)
    }
  })
  const reports = new Counter({
    name: 'longhand_reports_total',
    help: 'Results and errors reported by agents, by outcome',
    labelNames: ['outcome'],
    registers,
    async collect () {
      const { counts } = await measureOnce()
      reports.reset()
      for (const [outcome, count] of Object.entries(counts.reports)) reports.inc({ outcome }, count)
    }
  })
  const tasks = new Gauge({
    name: 'longhand_tasks',
    help: 'Tasks that can be claimed (ready) or that an agent holds (leased), by operation',
    labelNames: ['state', 'operation'],
    registers,
    async collect () {
      const { gauges } = await measureOnce()
      tasks.reset()
      if (gauges === null) return
      const { ready, leased } = gauges
      // Operations without tasks too: an alert cannot evaluate a series that comes and goes.
      for (const operation of OPERATIONS.keys()) {
        tasks.set({ state: 'ready', operation }, ready.get(operation) ?? 0)
        tasks.set({ state: 'leased', operation }, leased.get(operation) ?? 0)
      }
    }
  })

  return {
    contentType: register.contentType,
    /** All values come from one measurement. */
    read: () => register.metrics(),
    /** Records a response that was sent. */
    observe ({ method, route, status, seconds }: Response): void {
      times.observe({ method, route, status }, seconds)
    }
  }
}
