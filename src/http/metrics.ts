import type { Gauges } from '../core/orchestrator/gauges.js'
import { OPERATIONS } from '../core/operations.js'
import type { Orchestrator } from '../core/orchestrator/orchestrator.js'
import type { Counts } from '../core/orchestrator/recorder.js'

/**
 * What Prometheus is shown, named as it wants names: base units, and `_total` for what only grows.
 * What was done is counted by each process; what there is to do is the store's, so every
 * orchestrator of one store shows the same.
 */
export interface Metrics {
  readonly contentType: string
  /** All figures of one answer belong together. */
  read (): Promise<string>
  /** An answer was sent. */
  answered (answer: Answer): void
}

export interface Answer {
  readonly method: string
  /** As it was registered, so that ids make no series of their own. */
  readonly route: string
  readonly status: number
  readonly seconds: number
}

interface Look {
  readonly counts: Counts
  readonly gauges: Gauges | null
}

/** Upper bounds in seconds: an answer takes a millisecond, and a disk that is busy makes it tens of them. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

const COUNTERS: ReadonlyArray<readonly [name: string, help: string, of: (counts: Counts) => number]> = [
  ['expressions_submitted_total', 'Expressions that this process took', counts => counts.submitted],
  ['tasks_claimed_total', 'Tasks that this process handed out', counts => counts.claimed],
  ['tasks_claimed_again_total', 'Of these, tasks that had been handed out before', counts => counts.claimedAgain],
  ['leases_expired_total', 'Leases that ended without a word from the agent', counts => counts.expired]
]

const GAUGES: ReadonlyArray<readonly [name: string, help: string, of: (gauges: Gauges) => number]> = [
  ['expressions_open', 'Unfinished expressions', gauges => gauges.openExpressions],
  ['operations_open', 'Operations of unfinished expressions, done ones included', gauges => gauges.openOperations],
  ['lease_age_seconds', 'How long the task that is held longest has been held', gauges => gauges.leaseAgeMs / 1000],
  ['queue_age_seconds', 'How long the oldest expression has waited that nobody has begun',
    gauges => gauges.queueAgeMs / 1000],
  ['critical_path_seconds', 'The longest path through what is left of any of the hundred oldest expressions at work',
    gauges => gauges.criticalPathMs / 1000]
]

/** @param prometheus the package, which the server loads when it is asked for the first time */
export function createMetrics (
  { Counter, Gauge, Histogram, Registry, collectDefaultMetrics }: typeof import('prom-client'),
  { measure }: Pick<Orchestrator, 'measure'>
): Metrics {
  const register = new Registry()
  const registers = [register]
  let looking: Promise<Look> | undefined

  function look (): Promise<Look> {
    looking ??= measure().finally(() => { looking = undefined })
    return looking
  }

  collectDefaultMetrics({ register })
  const times = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long answers took, those left out that were asked to wait',
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
        const { counts } = await look()
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
        const { gauges } = await look()
        if (gauges === null) gauge.remove()
        else gauge.set(of(gauges))
      }
    })
  }
  const up = new Gauge({
    name: 'longhand_store_up',
    help: 'Whether the store answers (1) or not (0); without it, what there is to do is left out',
    registers,
    async collect () {
      up.set((await look()).gauges === null ? 0 : 1)
    }
  })
  const reports = new Counter({
    name: 'longhand_reports_total',
    help: 'Results and errors that agents reported, by what became of them',
    labelNames: ['outcome'],
    registers,
    async collect () {
      const { counts } = await look()
      reports.reset()
      for (const [outcome, count] of Object.entries(counts.reports)) reports.inc({ outcome }, count)
    }
  })
  const tasks = new Gauge({
    name: 'longhand_tasks',
    help: 'Tasks that can be claimed (ready) and tasks that an agent holds (leased), for every operation',
    labelNames: ['state', 'operation'],
    registers,
    async collect () {
      const { gauges } = await look()
      tasks.reset()
      if (gauges === null) return
      const { ready, leased } = gauges
      // Also those of which there are none: an alert on a sample that comes and goes has no data to judge.
      for (const operation of OPERATIONS.keys()) {
        tasks.set({ state: 'ready', operation }, ready.get(operation) ?? 0)
        tasks.set({ state: 'leased', operation }, leased.get(operation) ?? 0)
      }
    }
  })

  return {
    contentType: register.contentType,
    read: () => register.metrics(),
    answered ({ method, route, status, seconds }) {
      times.observe({ method, route, status }, seconds)
    }
  }
}
