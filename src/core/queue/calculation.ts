import type { Failure } from '../errors.js'
import { type Idempotency, type Status, isFinal } from '../expression.js'
import { MAX_AGENTS } from './failure.js'
import { type Operand, type Operation, type Plan, missingOperands } from '../plan/plan.js'

/**
 * A calculation is an expression being worked out: its plan, and for every operation the task
 * that an agent is handed. The functions here are the only ones that change one; every store
 * applies the same (PostgreSQL says them in SQL), and none of them reads a clock.
 *
 * They change the calculation in place: it may hold 100,000 tasks, and copies would cost what the
 * work costs.
 */
export interface Calculation {
  readonly id: number
  readonly kind: string
  readonly source: string
  readonly plan: Plan
  /** Task ids are consecutive: operation i is task `firstTask + i`. */
  readonly firstTask: number
  /** As long as the plan. A task is made when something happens to it for the first time; `taskAt`, `peekTask`. */
  readonly tasks: Array<Task | undefined>
  readonly createdAt: number
  readonly idempotency: Idempotency | null
  status: Status
  result: number | null
  error: Failure | null
  /** The operation because of which it failed; null where it did not, or for no operation's fault. */
  failed: number | null
  startedAt: number | null
  finishedAt: number | null
  /** The last change or heartbeat. */
  updatedAt: number
  /** When somebody was first told its result, where that is remembered. */
  retrievedAt: number | null
  completed: number
  /**
   * For how long (ms) it has been worked on since its first claim, up to the last `start`: what counts for its time
   * limit. Null when it was begun since then.
   */
  spentMs: number | null
}

/**
 * waiting (for operands) → ready → leased → completed. A lease that ends makes the task ready
 * again, or, when its attempts are used up, overdue: handed out no more, but a late result still
 * counts. When the calculation ends early, the operation because of which it fails is failed, and whatever else is
 * unfinished is dropped.
 */
export type TaskState = 'waiting' | 'ready' | 'leased' | 'overdue' | 'completed' | 'failed' | 'dropped'

export interface Task {
  state: TaskState
  /** Operands that are not known yet. */
  missing: number
  value: number | null
  /** Claims spent so far; a release gives one back. */
  attempts: number
  /** Names the current attempt; null when nobody holds it. */
  lease: string | null
  leaseMs: number
  agent: string | null
  /** The agent that holds it runs in the server's own process. */
  local: boolean
  /** Those that held the attempts that were spent before; null for none, which most tasks have. */
  earlierAgents: ReadonlyArray<string | null> | null
  claimedAt: number | null
  completedAt: number | null
}

/** True when nothing will change the task any more. */
export function isFinalTaskState (state: string): boolean {
  return state === 'completed' || state === 'failed' || state === 'dropped'
}

export interface Claimant {
  readonly agent: string | null
  readonly local?: boolean
  readonly lease: string
  readonly leaseMs: number
  readonly at: number
}

/** A calculation as it stands right after its submit. */
export function startCalculation (
  origin: Pick<Calculation, 'id' | 'kind' | 'source' | 'plan' | 'firstTask' | 'createdAt' | 'idempotency'>
): Calculation {
  const { id, kind, source, plan, firstTask, createdAt, idempotency } = origin
  // One by one: spreading them costs more than everything else of a submit, for V8 then builds the object step by step.
  const calculation: Calculation = {
    id,
    kind,
    source,
    plan,
    firstTask,
    createdAt,
    idempotency,
    tasks: new Array<Task | undefined>(plan.operations.length),
    status: 'pending',
    result: null,
    error: null,
    failed: null,
    startedAt: null,
    finishedAt: null,
    updatedAt: createdAt,
    retrievedAt: null,
    completed: 0,
    spentMs: null
  }
  if (typeof plan.result === 'number') complete(calculation, plan.result, createdAt)
  return calculation
}

/** A task to which nothing has happened but the end of its calculation. */
function untouchedTask (calculation: Calculation, index: number): Task {
  const missing = missingOperands(operationAt(calculation, index))
  return {
    state: !isOpen(calculation) ? 'dropped' : missing === 0 ? 'ready' : 'waiting',
    missing,
    value: null,
    attempts: 0,
    lease: null,
    leaseMs: 0,
    agent: null,
    local: false,
    earlierAgents: null,
    claimedAt: null,
    completedAt: null
  }
}

/** ready → leased; spends an attempt and makes a pending calculation `in_progress`. */
export function claimTask (calculation: Calculation, index: number, claimant: Claimant): void {
  const task = taskAt(calculation, index)
  task.state = 'leased'
  task.attempts++
  task.agent = claimant.agent
  task.local = claimant.local ?? false
  task.lease = claimant.lease
  task.leaseMs = claimant.leaseMs
  task.claimedAt = claimant.at
  calculation.updatedAt = claimant.at
  if (calculation.status === 'pending') {
    calculation.status = 'in_progress'
    calculation.startedAt = claimant.at
  }
}

/**
 * The result of a task that is ready, leased or overdue. Returns the operations that became ready
 * by it; completes the calculation when it was the last that mattered.
 */
export function completeTask (calculation: Calculation, index: number, value: number, at: number): number[] {
  const task = taskAt(calculation, index)
  const operation = operationAt(calculation, index)
  task.state = 'completed'
  task.value = value
  task.lease = null
  task.local = false
  task.completedAt = at
  calculation.updatedAt = at
  calculation.completed++
  if (calculation.status === 'pending') {
    calculation.status = 'in_progress'
    calculation.startedAt = at
  }

  const { result } = calculation.plan
  if (typeof result !== 'number' && result.of === index) {
    complete(calculation, value, at)
    return []
  }
  const ready: number[] = []
  for (const dependent of operation.dependents) {
    const next = taskAt(calculation, dependent)
    if (--next.missing === 0 && next.state === 'waiting') {
      next.state = 'ready'
      ready.push(dependent)
    }
  }
  return ready
}

/** leased → ready as if the claim had not been: the attempt is given back. */
export function releaseTask (calculation: Calculation, index: number, at: number): void {
  const task = taskAt(calculation, index)
  task.attempts--
  calculation.updatedAt = at
  readyAgain(task)
}

/** leased → ready; the attempt stays spent. */
export function retryTask (calculation: Calculation, index: number, at: number): void {
  const task = taskAt(calculation, index)
  calculation.updatedAt = at
  task.earlierAgents = [...task.earlierAgents ?? [], task.agent].slice(-MAX_AGENTS)
  readyAgain(task)
}

/** leased → overdue: no further attempt, but its result is still waited for. */
export function suspendTask (calculation: Calculation, index: number, at: number): void {
  const task = taskAt(calculation, index)
  calculation.updatedAt = at
  task.state = 'overdue'
  task.lease = null
  task.local = false
}

/** Its agents are still at work, as a heartbeat says or a lease that is granted again supposes. */
export function touchCalculation (calculation: Calculation, at: number): void {
  calculation.updatedAt = at
}

/** Somebody was told the result; only the first time counts. */
export function retrieveCalculation (calculation: Calculation, at: number): void {
  calculation.retrievedAt ??= at
}

function readyAgain (task: Task): void {
  task.state = 'ready'
  task.lease = null
  task.local = false
  task.agent = null
  task.claimedAt = null
}

/**
 * Ends the calculation with the reason why there is no result.
 *
 * @param failed the operation whose fault it is; null for none's
 */
export function failCalculation (
  calculation: Calculation, error: Failure, at: number, failed: number | null = null
): void {
  calculation.error = error
  calculation.failed = failed
  if (failed !== null) taskAt(calculation, failed).state = 'failed'
  end(calculation, 'failed', at)
}

/** Ends the calculation because its client wants it no more. */
export function cancelCalculation (calculation: Calculation, at: number): void {
  end(calculation, 'cancelled', at)
}

function complete (calculation: Calculation, value: number, at: number): void {
  calculation.result = value
  end(calculation, 'completed', at)
}

function end (calculation: Calculation, status: Status, at: number): void {
  calculation.status = status
  calculation.finishedAt = at
  calculation.updatedAt = at
  for (const task of calculation.tasks) {
    if (task === undefined || task.state === 'completed') continue
    if (task.state !== 'failed') task.state = 'dropped'
    task.lease = null
    task.local = false
  }
}

/** The number that an operand stands for; undefined while its operation is not done. */
export function operandValue (calculation: Calculation, operand: Operand): number | undefined {
  if (typeof operand === 'number') return operand
  return calculation.tasks[operand.of]?.value ?? undefined
}

/** To be changed; to look at it, `peekTask` is enough. */
export function taskAt (calculation: Calculation, index: number): Task {
  const { tasks } = calculation
  const task = tasks[index] ?? untouchedTask(calculation, index)
  tasks[index] = task
  return task
}

/** As it stands; nothing is remembered for it. */
export function peekTask (calculation: Calculation, index: number): Readonly<Task> {
  return calculation.tasks[index] ?? untouchedTask(calculation, index)
}

/** All of them, or those from `start` up to `end`, as they stand. */
export function * peekTasks (
  calculation: Calculation, start = 0, end = calculation.tasks.length
): Generator<Readonly<Task>> {
  for (let index = start; index < end; index++) yield peekTask(calculation, index)
}

export function operationAt (calculation: Calculation, index: number): Operation {
  const operation = Number.isInteger(index) && index >= 0 ? calculation.plan.operations.at(index) : undefined
  if (operation === undefined) throw new RangeError(`Expression ${calculation.id} has no operation ${index}`)
  return operation
}

/** True while results and claims can still change the calculation. */
export function isOpen (calculation: Calculation): boolean {
  return !isFinal(calculation.status)
}
