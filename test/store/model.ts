import { type TaskState, isFinalTaskState } from '../../src/core/queue/calculation.js'
import type { Clock } from '../../src/core/clock.js'
import type { Status } from '../../src/core/expression.js'
import { OPERATIONS } from '../../src/core/operations.js'
import type { Operand, Plan } from '../../src/core/plan/plan.js'
import type { Claim, LeaseRef, ListQuery, Outcome, Report, StoreRules, Submission } from '../../src/core/store.js'

/**
 * What a store must do, as simply as it can be said: plain lists, looked through from the front
 * each time. It is data and can be copied, so that a test can keep it as it was at some time.
 */
export interface World {
  nextId: number
  nextTask: number
  /** In order of submission; what is forgotten is gone. */
  expressions: ModelExpression[]
  /** Ids of those with ready work, in the order in which they are served. */
  line: number[]
  /** Ids of those that are over, in the order in which they ended. */
  finished: number[]
  /** Counts up with everything that begins to wait for its end. */
  waits: number
  /** On the monotonic clock: the last kept change that has a time, and the last beginning of a process. */
  activeAt: number
  beganAt: number
  /** Wall time less monotonic time, at the last kept change. */
  offset: number
  /** Changes so far; those that an acknowledgement promises to keep through a power loss, and hand-outs. */
  promises: number
  handOuts: number
}

export interface ModelExpression {
  id: number
  kind: string
  source: string
  plan: Plan
  firstTask: number
  key: string | null
  fingerprint: string | null
  status: Status
  result: number | null
  error: string | null
  /** Index of the operation whose fault it is. */
  failed: number | null
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
  updatedAt: number
  retrievedAt: number | null
  /** On the monotonic clock: when it was begun, if the present process saw that, and when its time is over. */
  begunAt: number | null
  end: End | null
  spentMs: number
  tasks: ModelTask[]
}

export interface ModelTask {
  state: TaskState
  value: number | null
  attempts: number
  lease: string | null
  leaseMs: number
  agent: string | null
  local: boolean
  /** Who holds an attempt of it, or held one that is spent. */
  holders: Array<string | null>
  claimedAt: number | null
  completedAt: number | null
  end: End | null
}

/** When a wait is over, on the monotonic clock; of those that end together, the one that began first goes first. */
interface End {
  at: number
  order: number
}

/** A task as it is handed out; what its lease is called is for the store to say. */
export interface HandedOut {
  id: number
  expression: number
  symbol: string
  left: number
  right: number
  timeMs: number
  attempt: number
  leaseMs: number
}

/** A wall clock that moves this far (ms) by itself was set. */
const SET_MS = 1_000

export function createWorld (clock: Clock): World {
  return {
    nextId: 1,
    nextTask: 1,
    expressions: [],
    line: [],
    finished: [],
    waits: 0,
    activeAt: clock.monotonic(),
    beganAt: clock.monotonic(),
    offset: clock.now() - clock.monotonic(),
    promises: 0,
    handOuts: 0
  }
}

export function copyWorld (world: World): World {
  return {
    ...world,
    line: [...world.line],
    finished: [...world.finished],
    // Plans and ends never change.
    expressions: world.expressions.map(expression =>
      ({ ...expression, tasks: expression.tasks.map(task => ({ ...task, holders: [...task.holders] })) }))
  }
}

export interface Model {
  world: World
  submit (submission: Submission): { id: number } | { refused: 'queue_full' | 'idempotency_conflict' }
  /** Null where there is room. */
  admit (operations: number): { refused: 'queue_full' } | null
  /** Each task that is handed out gets its lease from `leaseOf`, by its place. */
  claim (claim: Claim, leaseOf: (place: number) => string): HandedOut[]
  settle (report: Report): Outcome
  renew (lease: LeaseRef): Outcome
  check (lease: LeaseRef): Outcome
  release (lease: LeaseRef): Outcome
  expire (): number | null
  cancel (id: number): Outcome
  retrieve (id: number): Outcome
  list (query: ListQuery): ModelExpression[]
  load (): { openExpressions: number, openOperations: number }
  /** The process ends in order. */
  stop (): void
  /** A process begins, with whatever the one before it left; or it reads itself back, and its own agents live on. */
  start (ownAgents?: 'gone' | 'alive'): void
}

export function createModel (clock: Clock, rules: StoreRules): Model {
  const model: Model = {
    world: createWorld(clock),
    ...{ submit, admit, claim, settle, renew, check, release, expire, cancel, retrieve, list, load, stop, start }
  }

  const isOpen = ({ status }: ModelExpression): boolean => status === 'pending' || status === 'in_progress'

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

  /** A change is kept; `timed` when it is written with its time. */
  function keep (timed: boolean, isPromise = true): void {
    const { world } = model
    const offset = clock.now() - clock.monotonic()
    if (Math.abs(offset - world.offset) > SET_MS) begin()
    world.offset = offset
    if (timed) world.activeAt = clock.monotonic()
    if (isPromise) world.promises++
    else world.handOuts++
  }

  /** What came before counts up to the last kept change; what comes counts from now. */
  function begin (): void {
    const { world } = model
    for (const expression of world.expressions) {
      if (expression.startedAt === null || !isOpen(expression)) continue
      expression.spentMs += Math.max(0, world.activeAt - (expression.begunAt ?? world.beganAt))
      expression.begunAt = null
    }
    world.activeAt = clock.monotonic()
    world.beganAt = clock.monotonic()
  }

  function waitFor (ms: number): End {
    return { at: clock.monotonic() + ms, order: ++model.world.waits }
  }

  function valueOf ({ tasks }: ModelExpression, operand: Operand): number | null {
    return typeof operand === 'number' ? operand : tasks[operand.of]!.value
  }

  /** The longest way to the end of the plan, in ms. */
  function pathMs (plan: Plan, index: number): number {
    const after = [...plan.operations].flatMap(({ left, right }, other) =>
      [left, right].some(operand => typeof operand !== 'number' && operand.of === index) ? pathMs(plan, other) : 0)
    return plan.operations.at(index)!.timeMs + Math.max(0, ...after)
  }

  function updateLine (expression: ModelExpression): void {
    const { world } = model
    const hasWork = expression.tasks.some(({ state }) => state === 'ready')
    const stands = world.line.includes(expression.id)
    if (hasWork && !stands) world.line.push(expression.id)
    if (!hasWork && stands) world.line = world.line.filter(id => id !== expression.id)
  }

  /** Tasks become ready, or the expression ends at the first that has no result. */
  function makeReady (expression: ModelExpression, indices: readonly number[]): void {
    for (const index of indices) {
      const { symbol, left, right } = expression.plan.operations.at(index)!
      const refusal = OPERATIONS.get(symbol)!.refusal(valueOf(expression, left)!, valueOf(expression, right)!)
      if (refusal !== null) return finish(expression, 'failed', refusal, index)
    }
    updateLine(expression)
  }

  function finish (
    expression: ModelExpression, status: Status, error: string | null, failed: number | null = null
  ): void {
    if (status !== 'completed') keep(true)
    expression.status = status
    expression.error = error
    expression.failed = failed
    expression.finishedAt = clock.now()
    expression.updatedAt = clock.now()
    expression.end = null
    for (const [index, task] of expression.tasks.entries()) {
      task.end = null
      if (task.state === 'completed') continue
      task.state = index === failed ? 'failed' : 'dropped'
      task.lease = null
    }
    updateLine(expression)
    model.world.finished.push(expression.id)
    forgetOldest()
  }

  function forgetOldest (): void {
    const { world } = model
    while (world.finished.length > rules.retain) {
      const oldest = world.finished.shift()
      world.expressions = world.expressions.filter(({ id }) => id !== oldest)
      keep(false)
    }
  }

  function started (expression: ModelExpression): void {
    if (expression.startedAt !== null) return
    expression.status = 'in_progress'
    expression.startedAt = clock.now()
    expression.begunAt = clock.monotonic()
  }

  function submit ({ kind, source, plan, idempotency }: Submission): ReturnType<Model['submit']> {
    const { world } = model
    const earlier = world.expressions.find(({ key }) => key !== null && key === idempotency?.key)
    if (earlier !== undefined) {
      return earlier.fingerprint === idempotency!.fingerprint ? { id: earlier.id } : { refused: 'idempotency_conflict' }
    }
    const refused = admit(plan.operations.length)
    if (refused !== null) return refused

    keep(true)
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
      begunAt: null,
      end: null,
      spentMs: 0,
      tasks: Array.from(plan.operations, ({ left, right }) => ({
        state: typeof left === 'number' && typeof right === 'number' ? 'ready' : 'waiting',
        value: null,
        attempts: 0,
        lease: null,
        leaseMs: 0,
        agent: null,
        local: false,
        holders: [],
        claimedAt: null,
        completedAt: null,
        end: null
      }))
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

  function admit (operations: number): { refused: 'queue_full' } | null {
    const { openExpressions, openOperations } = load()
    const isTooMuch = openOperations > 0 && openOperations + operations > rules.openOperations
    return openExpressions >= rules.openExpressions || isTooMuch ? { refused: 'queue_full' } : null
  }

  function claim ({ agent, symbols, max, local = false }: Claim, leaseOf: (place: number) => string): HandedOut[] {
    const { world } = model
    const claimed: HandedOut[] = []
    let queuedMs = 0
    while (claimed.length < max) {
      const next = nextFor(symbols)
      if (next === null) break
      const { expression, index } = next
      const { symbol, left, right, timeMs } = expression.plan.operations.at(index)!
      const task = expression.tasks[index]!
      const isFirst = expression.startedAt === null
      queuedMs += timeMs
      keep(true, false)
      task.state = 'leased'
      task.attempts++
      task.lease = leaseOf(claimed.length)
      task.leaseMs = queuedMs + rules.leaseMs
      task.agent = agent
      task.local = local
      task.holders.push(agent)
      task.claimedAt = clock.now()
      expression.updatedAt = clock.now()
      task.end = waitFor(task.leaseMs)
      started(expression)
      if (isFirst && rules.timeoutMs !== null) expression.end = waitFor(rules.timeoutMs)
      world.line = world.line.filter(id => id !== expression.id)
      updateLine(expression)
      claimed.push({
        id: expression.firstTask + index,
        expression: expression.id,
        symbol,
        left: valueOf(expression, left)!,
        right: valueOf(expression, right)!,
        timeMs,
        attempt: task.attempts,
        leaseMs: task.leaseMs
      })
    }
    return claimed
  }

  function nextFor (symbols: readonly string[]): { expression: ModelExpression, index: number } | null {
    for (const id of model.world.line) {
      const expression = find(id)!
      const { operations } = expression.plan
      let best: number | null = null
      for (const [index, { state }] of expression.tasks.entries()) {
        if (state !== 'ready' || !symbols.includes(operations.at(index)!.symbol)) continue
        if (best === null || pathMs(expression.plan, index) > pathMs(expression.plan, best)) best = index
      }
      if (best !== null) return { expression, index: best }
    }
    return null
  }

  function settle (report: Report): Outcome {
    const found = findTask(report.task)
    if (found === undefined || found.task.state === 'waiting') return 'unknown'
    const { expression, index, task } = found
    if (isFinalTaskState(task.state)) return 'ignored'
    if ('error' in report) {
      if (report.lease !== null && report.lease !== task.lease) return 'superseded'
      const { code, retryable } = report.error
      const isSpent = task.attempts >= rules.attempts
      if (report.lease !== null && !retryable) finish(expression, 'failed', code, index)
      else if (task.state === 'leased' && isSpent) finish(expression, 'failed', 'operation_failed', index)
      else if (task.state === 'leased') readyAgain(expression, index)
      return 'accepted'
    }

    keep(true)
    const isFirst = expression.startedAt === null
    task.state = 'completed'
    task.value = report.result === 0 ? 0 : report.result
    task.lease = null
    task.completedAt = clock.now()
    expression.updatedAt = clock.now()
    task.end = null
    started(expression)
    const { operations, result } = expression.plan
    if (typeof result !== 'number' && result.of === index) {
      expression.result = task.value
      finish(expression, 'completed', null)
      return 'accepted'
    }
    if (isFirst && rules.timeoutMs !== null) expression.end = waitFor(rules.timeoutMs)
    updateLine(expression)
    const ready = [...operations].flatMap(({ left, right }, other) => {
      const isKnown = valueOf(expression, left) !== null && valueOf(expression, right) !== null
      return isKnown && expression.tasks[other]!.state === 'waiting' ? other : []
    })
    for (const other of ready) expression.tasks[other]!.state = 'ready'
    makeReady(expression, ready)
    return 'accepted'
  }

  function readyAgain (expression: ModelExpression, index: number): void {
    keep(true)
    expression.updatedAt = clock.now()
    const task = expression.tasks[index]!
    task.state = 'ready'
    task.lease = null
    task.agent = null
    task.claimedAt = null
    task.end = null
    makeReady(expression, [index])
  }

  function asHolder (
    { task: id, lease }: LeaseRef, act: (expression: ModelExpression, index: number) => void
  ): Outcome {
    const found = findTask(id)
    if (found === undefined) return 'unknown'
    const { expression, index, task } = found
    if (isFinalTaskState(task.state)) return 'ignored'
    if (task.lease !== lease) return 'superseded'
    act(expression, index)
    return 'accepted'
  }

  function renew (lease: LeaseRef): Outcome {
    return asHolder(lease, (expression, index) => {
      const task = expression.tasks[index]!
      task.end = waitFor(task.leaseMs)
      expression.updatedAt = clock.now()
    })
  }

  function check (lease: LeaseRef): Outcome {
    return asHolder(lease, () => {})
  }

  function release (lease: LeaseRef): Outcome {
    return asHolder(lease, (expression, index) => {
      expression.tasks[index]!.attempts--
      expression.tasks[index]!.holders.pop()
      readyAgain(expression, index)
    })
  }

  function expire (): number | null {
    for (;;) {
      let next: { end: End, expression: ModelExpression, index: number | null } | null = null
      for (const expression of model.world.expressions) {
        for (const [index, { end }] of [[null, expression] as const, ...expression.tasks.entries()]) {
          if (end === null) continue
          const sooner = next === null ? -1 : end.at - next.end.at || end.order - next.end.order
          if (sooner < 0) next = { end, expression, index }
        }
      }
      if (next === null) return null
      const leftMs = next.end.at - clock.monotonic()
      if (leftMs > 0) return leftMs
      endWait(next.expression, next.index)
    }
  }

  function endWait (expression: ModelExpression, index: number | null): void {
    if (index === null) return finish(expression, 'failed', 'calculation_timeout')
    const task = expression.tasks[index]!
    if (task.state === 'overdue') return finish(expression, 'failed', 'attempts_exhausted', index)
    if (task.attempts < rules.attempts) return readyAgain(expression, index)
    keep(true)
    expression.updatedAt = clock.now()
    task.state = 'overdue'
    task.lease = null
    task.end = waitFor(task.leaseMs)
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
    keep(true)
    expression.retrievedAt = clock.now()
    return 'accepted'
  }

  function list ({ kind, status, after = 0, limit = Infinity }: ListQuery): ModelExpression[] {
    return model.world.expressions.filter(expression =>
      expression.id > after && (kind ?? expression.kind) === expression.kind &&
      (status ?? expression.status) === expression.status).slice(0, limit)
  }

  function load (): { openExpressions: number, openOperations: number } {
    const open = model.world.expressions.filter(isOpen)
    return { openExpressions: open.length, openOperations: open.reduce((sum, { tasks }) => sum + tasks.length, 0) }
  }

  function stop (): void {
    const { world } = model
    const offset = clock.now() - clock.monotonic()
    if (Math.abs(offset - world.offset) > SET_MS) begin()
    world.activeAt = clock.monotonic()
  }

  function start (ownAgents: 'gone' | 'alive' = 'gone'): void {
    const { world } = model
    begin()
    world.offset = clock.now() - clock.monotonic()
    world.line = []
    world.waits = 0
    for (const expression of world.expressions.filter(isOpen)) {
      for (const [index, task] of expression.tasks.entries()) {
        if (ownAgents === 'gone' && task.state === 'leased' && task.local) {
          task.attempts--
          task.holders.pop()
          readyAgain(expression, index)
        }
        task.end = task.state === 'leased' || task.state === 'overdue' ? waitFor(task.leaseMs) : null
      }
      // Its agents are taken to be alive.
      if (expression.tasks.some(({ state }) => state === 'leased')) expression.updatedAt = clock.now()
      expression.end = null
      if (expression.startedAt !== null && rules.timeoutMs !== null) {
        expression.end = waitFor(rules.timeoutMs - expression.spentMs)
      }
      updateLine(expression)
    }
    // Of the order in which they ended, a restart knows only their times.
    world.finished = world.expressions.filter(expression => !isOpen(expression))
      .sort((one, other) => one.finishedAt! - other.finishedAt! || one.id - other.id).map(({ id }) => id)
  }

  return model
}
