/** What agents would do with plans, in simulated time: with the real schedule and the real transitions. */
import type { Calculation } from '../src/core/queue/calculation.js'
import { claimTask, completeTask, startCalculation } from '../src/core/queue/calculation-changes.js'
import { OPERATIONS } from '../src/core/operations.js'
import { initialOperationsOf } from '../src/core/plan/initial-operations.js'
import type { Plan } from '../src/core/plan/plan.js'
import { type HeapItem, NOT_IN_HEAP, createHeap } from '../src/core/queue/heap.js'
import { createSchedule } from '../src/core/queue/schedule.js'

export interface Job {
  readonly plan: Plan
  /** When it is submitted, in ms; 0 by default. */
  readonly atMs?: number
}

/** An operation on an agent. */
export interface Run {
  /** Index of the job, and of the operation in its plan. */
  readonly job: number
  readonly index: number
  readonly startMs: number
  readonly endMs: number
}

export interface Simulation {
  /** In the order of their claims. */
  readonly runs: readonly Run[]
  /** When each job ended, in ms. */
  readonly doneMs: readonly number[]
  /** When the last one ended. */
  readonly makespanMs: number
}

const SYMBOLS = [...OPERATIONS.keys()]

/** `agents` agents (at least one) that claim as soon as they are free, support all operations, and lose no time. */
export function simulate (jobs: readonly Job[], agents: number): Simulation {
  const schedule = createSchedule()
  const calculations = jobs.map(({ plan }, job) => startCalculation({
    id: job, kind: 'simulated', source: '', firstTask: 0, createdAt: 0, idempotency: null, plan
  }))
  const jobOf = new Map<Calculation, number>(calculations.map((calculation, job) => [calculation, job]))
  const coming = jobs.map((_, job) => job).sort((one, other) => arrival(one) - arrival(other) || one - other)
  const working = createHeap<Run & HeapItem>((one, other) => one.endMs < other.endMs)
  const runs: Run[] = []
  const doneMs = jobs.map((_, job) => arrival(job))

  function arrival (job: number): number {
    return jobs[job]!.atMs ?? 0
  }

  let arrived = 0
  for (let nowMs = 0; ;) {
    for (let run = working.peek(); run !== undefined && run.endMs <= nowMs; run = working.peek()) {
      working.pop()
      const calculation = calculations[run.job]!
      for (const ready of completeTask(calculation, run.index, 0, nowMs)) schedule.add(calculation, ready)
      doneMs[run.job] = nowMs
    }
    for (; arrived < coming.length && arrival(coming[arrived]!) <= nowMs; arrived++) {
      const calculation = calculations[coming[arrived]!]!
      const { ready } = initialOperationsOf(calculation.plan)
      for (const [symbol, indices] of ready) schedule.addAll(calculation, symbol, indices)
    }
    while (working.size < agents) {
      const turn = schedule.next(SYMBOLS)
      if (turn === null) break
      const { calculation, index } = turn
      claimTask(calculation, index, { agent: null, lease: '', leaseMs: 0, at: nowMs })
      const endMs = nowMs + calculation.plan.operations.at(index)!.timeMs
      const run = { job: jobOf.get(calculation)!, index, startMs: nowMs, endMs }
      runs.push(run)
      working.push({ ...run, heapIndex: NOT_IN_HEAP })
    }
    const nextEndMs = working.peek()?.endMs ?? Infinity
    const nextArrivalMs = arrived < coming.length ? arrival(coming[arrived]!) : Infinity
    nowMs = Math.min(nextEndMs, nextArrivalMs)
    if (nowMs === Infinity) break
  }
  return { runs, doneMs, makespanMs: Math.max(0, ...doneMs) }
}

/** A lower bound of all schedules, in ms: the longest path, or the work divided evenly among the agents. */
export function boundOf (jobs: readonly Job[], agents: number): number {
  const workMs = jobs.reduce((sum, { plan }) => sum + plan.effort.workMs, 0)
  const spanMs = jobs.reduce((longest, { plan }) => Math.max(longest, plan.effort.spanMs), 0)
  return Math.max(spanMs, workMs / agents)
}
