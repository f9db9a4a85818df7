import type { Clock } from '../../../src/core/clock.js'
import type { Idempotency } from '../../../src/core/expression.js'
import { isFinalTaskState } from '../../../src/core/queue/calculation.js'
import type {
  Intent, LeaseRef, ListQuery, Load, Outcome, Report, StoreRules, Submission
} from '../../../src/core/store.js'
import { attribute, endAttempt } from './attempts.js'
import { createClaim } from './claim.js'
import { createStates, valueOf } from './states.js'
import { createTimes } from './times.js'
import { type ModelExpression, type ModelTask, createWorld, isOpen, tasksOf } from './world.js'

export type Model = ReturnType<typeof createModel>

type Refused = { readonly refused: 'queue_full' | 'idempotency_conflict' }

/** What each verb of a store does, over a world. */
export function createModel (clock: Clock, rules: StoreRules) {
  const state = { world: createWorld(clock) }
  const times = createTimes(state, clock)
  const states = createStates(state, clock, rules, times)
  const { record, restartSpentTime, deadlineIn, nextDeadline } = times
  const { updateSchedule, makeReady, start, makeReadyAgain, finish } = states
  const model = Object.assign(state, {
    submit,
    admit,
    findByKey,
    claim: createClaim(state, clock, rules, times, states),
    report,
    renew,
    check,
    release,
    expire,
    cancel,
    retrieve,
    list,
    load,
    findTask,
    nextDeadlineAt,
    stop,
    restart
  })
  return model

  function find (id: number): ModelExpression | undefined {
    return model.world.expressions.find(expression => expression.id === id)
  }

  function findTask (id: number): { expression: ModelExpression, index: number, task: ModelTask } | undefined {
    for (const expression of model.world.expressions) {
      const task = expression.tasks[id - expression.firstTask]
      if (task !== undefined) return { expression, index: id - expression.firstTask, task }
    }
    return undefined
  }

  function submit ({ kind, source, plan, idempotency }: Submission): { id: number } | Refused {
    const { world } = model
    const earlier = idempotency === undefined ? null : findByKey(idempotency)
    if (earlier !== null) return earlier
    const refused = admit({ source, operations: plan.operations.length })
    if (refused !== null) return refused

    record({ timed: true })
    const expression: ModelExpression = {
      id: world.nextId++,
      kind,
      source,
      plan,
      firstTask: world.nextTask,
      key: idempotency?.key ?? null,
      fingerprint: idempotency?.fingerprint ?? null,
      status: 'pending',
      result: null,
      error: null,
      failed: null,
      createdAt: clock.now(),
      startedAt: null,
      finishedAt: null,
      updatedAt: clock.now(),
      retrievedAt: null,
      runningFrom: null,
      deadline: null,
      spentMs: 0,
      tasks: tasksOf(plan)
    }
    world.nextTask += plan.operations.length
    world.expressions.push(expression)
    if (typeof plan.result === 'number') {
      expression.result = plan.result
      finish(expression, 'completed', null)
    } else {
      makeReady(expression, expression.tasks.flatMap(({ state }, index) => state === 'ready' ? index : []))
    }
    return { id: expression.id }
  }

  function admit ({ operations }: Intent): Refused | null {
    const { openExpressions, openOperations } = load()
    const tooMany = openOperations > 0 && openOperations + operations > rules.openOperations
    return openExpressions >= rules.openExpressions || tooMany ? { refused: 'queue_full' } : null
  }

  function findByKey ({ key, fingerprint }: Idempotency): { id: number } | Refused | null {
    const known = model.world.expressions.find(expression => expression.key === key)
    if (known === undefined) return null
    return known.fingerprint === fingerprint ? { id: known.id } : { refused: 'idempotency_conflict' }
  }

  function report (report: Report): Outcome {
    const found = findTask(report.task)
    if (found === undefined || found.task.state === 'waiting' || isForeign(report.lease)) return 'unknown'
    const { expression, index, task } = found
    if (isFinalTaskState(task.state)) return 'ignored'
    if ('error' in report) {
      if (report.lease !== null && report.lease !== task.lease) return 'superseded'
      const { code, message, retryable } = report.error
      const isLast = task.attempts >= rules.attempts
      if (report.lease !== null && !retryable) finish(expression, 'failed', code, index, message)
      else if (task.state === 'leased' && !isLast) makeReadyAgain(expression, index, 'failed', message)
      else if (task.state === 'leased') finish(expression, 'failed', 'operation_failed', index, message)
      return 'accepted'
    }

    record({ timed: true })
    attribute(task, report.lease, clock.now())
    task.state = 'completed'
    task.value = report.result === 0 ? 0 : report.result
    task.lease = null
    task.completedAt = clock.now()
    expression.updatedAt = clock.now()
    task.deadline = null
    start(expression)
    const { operations, result } = expression.plan
    if (typeof result !== 'number' && result.of === index) {
      expression.result = task.value
      finish(expression, 'completed', null)
      return 'accepted'
    }
    updateSchedule(expression)
    const ready = [...operations].flatMap(({ left, right }, other) => {
      const isKnown = valueOf(expression, left) !== null && valueOf(expression, right) !== null
      return isKnown && expression.tasks[other]!.state === 'waiting' ? other : []
    })
    for (const other of ready) expression.tasks[other]!.state = 'ready'
    makeReady(expression, ready)
    return 'accepted'
  }

  /** What a call with a lease comes to; it does `act` if the lease is the current one. */
  function withLease (
    { task: id, lease }: LeaseRef, act: (expression: ModelExpression, index: number) => void = () => {}
  ): Outcome {
    const found = findTask(id)
    if (found === undefined || isForeign(lease)) return 'unknown'
    const { expression, index, task } = found
    if (isFinalTaskState(task.state)) return 'ignored'
    if (task.lease !== lease) return 'superseded'
    act(expression, index)
    return 'accepted'
  }

  function renew (lease: LeaseRef): Outcome {
    return withLease(lease, (expression, index) => {
      const task = expression.tasks[index]!
      task.deadline = deadlineIn(task.leaseMs)
      expression.updatedAt = clock.now()
    })
  }

  function check (lease: LeaseRef): Outcome {
    return withLease(lease)
  }

  function release (lease: LeaseRef): Outcome {
    return withLease(lease, giveBack)
  }

  function giveBack (expression: ModelExpression, index: number): void {
    makeReadyAgain(expression, index, 'released')
    expression.tasks[index]!.attempts--
  }

  function expire (): number | null {
    for (;;) {
      const next = nextDeadline()
      if (next === null) return null
      const leftMs = next.deadline.at - clock.monotonic()
      if (leftMs > 0) return leftMs
      meetDeadline(next.expression, next.index)
    }
  }

  function meetDeadline (expression: ModelExpression, index: number | null): void {
    if (index === null) return finish(expression, 'failed', 'calculation_timeout')
    const task = expression.tasks[index]!
    if (task.state === 'overdue') return finish(expression, 'failed', 'attempts_exhausted', index)
    if (task.attempts < rules.attempts) return makeReadyAgain(expression, index, 'expired')
    record({ timed: true })
    expression.updatedAt = clock.now()
    endAttempt(task, 'expired', clock.now())
    task.state = 'overdue'
    task.lease = null
    task.deadline = deadlineIn(task.leaseMs)
  }

  /** On the monotonic clock; Infinity without one. */
  function nextDeadlineAt (): number {
    return nextDeadline()?.deadline.at ?? Infinity
  }

  function cancel (id: number): Outcome {
    const expression = find(id)
    if (expression === undefined) return 'unknown'
    if (!isOpen(expression)) return 'ignored'
    finish(expression, 'cancelled', null)
    return 'accepted'
  }

  function retrieve (id: number): Outcome {
    const expression = find(id)
    if (expression === undefined) return 'unknown'
    if (expression.status !== 'completed' || expression.retrievedAt !== null) return 'ignored'
    record({ timed: true })
    expression.retrievedAt = clock.now()
    return 'accepted'
  }

  function list ({ kind, status, after = 0, limit = Infinity, latest = false }: ListQuery): ModelExpression[] {
    const found = model.world.expressions.filter(expression =>
      expression.id > after && (kind ?? expression.kind) === expression.kind &&
      (status ?? expression.status) === expression.status)
    return latest ? found.slice(Math.max(0, found.length - limit)) : found.slice(0, limit)
  }

  function load (): Load {
    const open = model.world.expressions.filter(isOpen)
    return { openExpressions: open.length, openOperations: open.reduce((sum, { tasks }) => sum + tasks.length, 0) }
  }

  /** The process ends in order. */
  function stop (): void {
    const { world } = model
    // Stores the time of the end, as a change does, but changes nothing.
    const { durableChanges } = world
    record({ timed: true })
    Object.assign(world, { durableChanges })
  }

  /** A process starts with what the one before it left; or it reads its files back, and its own agents go on. */
  function restart (localAgents: 'gone' | 'alive' = 'gone'): void {
    const { world } = model
    restartSpentTime()
    world.offset = clock.now() - clock.monotonic()
    world.schedule = []
    world.deadlines = 0
    for (const expression of world.expressions.filter(isOpen)) {
      for (const [index, task] of expression.tasks.entries()) {
        if (localAgents === 'gone' && task.state === 'leased' && task.local) giveBack(expression, index)
        task.deadline = task.state === 'leased' || task.state === 'overdue' ? deadlineIn(task.leaseMs) : null
      }
      // The agents elsewhere count as alive.
      if (expression.tasks.some(({ state }) => state === 'leased')) expression.updatedAt = clock.now()
      const isTimed = expression.startedAt !== null && rules.timeoutMs !== null
      expression.deadline = isTimed ? deadlineIn(rules.timeoutMs - expression.spentMs) : null
      updateSchedule(expression)
    }
    // Of the order in which they became final, a restart knows only the times.
    world.finished = world.expressions.filter(expression => !isOpen(expression))
      .sort((one, other) => one.finishedAt! - other.finishedAt! || one.id - other.id).map(({ id }) => id)
  }
}

/** A token that another store has issued. */
export const FOREIGN_TOKEN = 'another store~1'

function isForeign (lease: string | null): boolean {
  return lease === FOREIGN_TOKEN
}
