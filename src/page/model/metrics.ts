/** A value of the metrics, with its labels. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads the Prometheus text format, as far as servers of Longhand write it. */
export function readMetrics (text: string): Sample[] {
  return text.split('\n').flatMap(line => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    return name === undefined ? [] : { name, labels: readLabels(labels), value: Number(value) }
  })
}

function readLabels (text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) =>
    [name!, value!.replace(/\\(.)/g, (_, char: string) => char === 'n' ? '\n' : char)]))
}

/** What an operator looks at. */
export interface ServerFigures {
  readonly openExpressions: number
  readonly openOperations: number
  /** Of the oldest expression without a claim, in s. */
  readonly oldestUnclaimedS: number
  /** Of the oldest lease, in s. */
  readonly oldestLeaseS: number
  readonly criticalPathS: number
  readonly expiredLeases: number
  readonly eventStreams: number
  readonly isStoreUp: boolean
  /** Tasks by operation; only operations that have some. */
  readonly backlog: ReadonlyArray<{ readonly operation: string, readonly ready: number, readonly leased: number }>
}

/**
 * While the store is unavailable, its figures are those that were read before; NaN where there are none.
 *
 * @param before what was read before; null for nothing
 */
export function serverFigures (samples: readonly Sample[], before: ServerFigures | null = null): ServerFigures {
  const value = (name: string): number => samples.find(sample => sample.name === name)?.value ?? NaN
  const backlog = new Map<string, { ready: number, leased: number }>()
  for (const { name, labels: { operation, state }, value } of samples) {
    if (name !== 'longhand_tasks' || operation === undefined || value === 0) continue
    const tasks = backlog.get(operation) ?? { ready: 0, leased: 0 }
    if (state === 'ready' || state === 'leased') tasks[state] = value
    backlog.set(operation, tasks)
  }
  const figures = {
    openExpressions: value('longhand_expressions_open'),
    openOperations: value('longhand_operations_open'),
    oldestUnclaimedS: value('longhand_queue_age_seconds'),
    oldestLeaseS: value('longhand_lease_age_seconds'),
    criticalPathS: value('longhand_critical_path_seconds'),
    expiredLeases: value('longhand_leases_expired_total'),
    eventStreams: value('longhand_event_streams'),
    isStoreUp: value('longhand_store_up') === 1,
    backlog: [...backlog].map(([operation, tasks]) => ({ operation, ...tasks }))
      .sort((one, other) => other.ready - one.ready || other.leased - one.leased)
  }
  if (figures.isStoreUp || before === null) return figures
  const { expiredLeases, eventStreams, isStoreUp } = figures
  return { ...before, expiredLeases, eventStreams, isStoreUp }
}
