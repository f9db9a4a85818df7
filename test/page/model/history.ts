import fc from 'fast-check'
import type { AttemptOutcome, EarlierAttempt, Expression, Operation } from '../../../src/client/index.js'
import { type Calculation, calculationOf } from '../../../src/page/model/record.js'

export const START_MS = Date.UTC(2026, 0, 1)

/** A time of the server, so many ms after the submission. */
export function at (ms: number): string {
  return new Date(START_MS + ms).toISOString()
}

/** An operation of two numbers. */
export function operation (id: number, changes: Partial<Operation> = {}): Operation {
  return {
    id,
    operation: '+',
    state: 'ready',
    operands: [1, 2],
    sources: [null, null],
    value: null,
    agent: null,
    attempts: 0,
    time_ms: 100,
    path_ms: 100,
    ...changes
  }
}

/** An operation that takes others. */
export function taking (
  id: number, sources: ReadonlyArray<number | null>, changes: Partial<Operation> = {}
): Operation {
  const operands = sources.map(source => source === null ? 7 : { operation: source })
  return operation(id, { sources, operands, state: 'waiting', ...changes })
}

/** A completed attempt, the only one. */
export function done (agent: string | null, fromMs: number, toMs: number, value = 3): Partial<Operation> {
  return {
    state: 'completed',
    agent,
    value,
    attempt: 1,
    attempts: 1,
    claimed_at: at(fromMs),
    ended_at: at(toMs),
    completed_at: at(toMs),
    outcome: 'completed'
  }
}

export function earlier (agent: string | null, fromMs: number, toMs: number, outcome: AttemptOutcome): EarlierAttempt {
  return { attempt: 1, agent, claimed_at: at(fromMs), ended_at: at(toMs), outcome }
}

export function calculation (operations: readonly Operation[], changes: Partial<Expression> = {}): Calculation {
  const effort = { work_ms: 100 * operations.length, span_ms: 100, parallelism: operations.length }
  const completed = operations.filter(({ state }) => state === 'completed').length
  return calculationOf({
    operations,
    expression: {
      id: 1,
      status: 'in_progress',
      result: null,
      expression: '1+2',
      created_at: at(0),
      started_at: at(0),
      operations: { total: operations.length, completed },
      plan: { ...effort, before: effort },
      ...changes
    }
  })
}

/**
 * A finished expression with lost attempts: each operation takes numbers or earlier operations, is claimed after they
 * are completed, and is lost up to three times before it is completed.
 */
export const finishedCalculation: fc.Arbitrary<Calculation> = fc.array(fc.record({
  takes: fc.array(fc.nat(), { minLength: 2, maxLength: 2 }),
  pauses: fc.array(fc.nat(50), { minLength: 1, maxLength: 4 }),
  times: fc.array(fc.nat(80), { minLength: 4, maxLength: 4 }),
  agent: fc.constantFrom('one', 'two', null),
  outcome: fc.constantFrom<AttemptOutcome>('expired', 'failed', 'released')
}), { minLength: 1, maxLength: 15 }).map(seeds => {
  const operations: Operation[] = []
  const ends: number[] = []
  for (const [index, { takes, pauses, times, agent, outcome }] of seeds.entries()) {
    const sources = takes.map(take => take % (2 * index + 1) < index ? take % (2 * index + 1) + 1 : null)
    let nowMs = Math.max(0, ...sources.map(source => source === null ? 0 : ends[source - 1]!))
    const lost: EarlierAttempt[] = []
    for (const [number, pause] of pauses.slice(1).entries()) {
      const fromMs = nowMs + pause
      nowMs = fromMs + times[number]!
      lost.push({ ...earlier(agent, fromMs, nowMs, outcome), attempt: number + 1 })
    }
    const fromMs = nowMs + pauses[0]!
    ends.push(fromMs + times[3]!)
    operations.push(taking(index + 1, sources, {
      ...done(agent, fromMs, ends[index]!),
      attempt: lost.length + 1,
      attempts: lost.length + 1,
      ...lost.length === 0 ? {} : { earlier_attempts: lost }
    }))
  }
  const status = 'completed'
  return calculation(operations, { status, result: 3, finished_at: at(Math.max(...ends)) })
})

/** What the server had told of a finished expression at a moment of it, in ms after the submission. */
export function toldAt ({ expression, operations }: Calculation, ms: number): Calculation {
  const { finished_at: finishedAt, ...open } = expression
  const isBefore = (time: string | undefined): boolean => time !== undefined && Date.parse(time) <= START_MS + ms
  const told = operations.map((operation): Operation => {
    const { completed_at: completedAt, claimed_at: claimedAt, attempt } = operation
    if (isBefore(completedAt)) return operation
    const { id, operation: symbol, operands, sources, time_ms: timeMs, path_ms: pathMs } = operation
    const bare = { id, operation: symbol, operands, sources, time_ms: timeMs, path_ms: pathMs, attempts: 0 }
    const begun = (operation.earlier_attempts ?? []).filter(({ claimed_at: from }) => isBefore(from))
    const current = isBefore(claimedAt)
      ? { claimed_at: claimedAt!, agent: operation.agent, attempt: attempt! }
      : undefined
    const open = begun.find(({ ended_at: to }) => !isBefore(to))
    const lost = begun.filter(({ ended_at: to }) => isBefore(to))
    const shown = current ?? (open === undefined
      ? {}
      : { claimed_at: open.claimed_at!, agent: open.agent, attempt: open.attempt })
    const others = lost.length === 0 ? {} : { earlier_attempts: lost }
    return { ...bare, agent: null, ...shown, ...others, value: null, state: 'ready' }
  })
  const isFinal = isBefore(finishedAt)
  return calculationOf({
    operations: told,
    expression: isFinal ? expression : { ...open, status: 'in_progress', result: null }
  })
}
