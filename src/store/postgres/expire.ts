import { failure } from '../../core/errors.js'
import { decideDeadline } from '../../core/queue/decisions.js'
import { failureOf } from '../../core/queue/failure.js'
import type { ExpiredLease } from '../../core/store.js'
import { failedIn, failureIn } from './rows.js'
import { scopeOf } from './database-errors.js'
import type { StoreContext } from './context.js'
import { finishCall } from './finish.js'
import { dueExpressions, dueTasks, nextDeadline, suspend } from './sql/due.js'
import { release } from './sql/release.js'
import type { Final } from './report.js'
import { type RowOf, call } from './statement.js'

type DueTask = RowOf<typeof dueTasks>
type DueExpression = RowOf<typeof dueExpressions>
type Due = DueTask | DueExpression

/** Deadlines of each kind that are read at once. */
const ROUND = 1_000

/** In how many ms to try again while another server is ending what is due. */
const ELSEWHERE_MS = 100

/** What `expire` did here. */
interface Ends {
  /** The symbol of each task that became ready. */
  readonly ready: string[]
  readonly finals: Final[]
  readonly leases: ExpiredLease[]
  /** The first error that the database has for one deadline alone; null without one. */
  refused: { readonly error: unknown } | null
}

/**
 * Ends what is due, the earliest deadline first. Each statement that ends something checks again under its locks,
 * because other servers expire at the same time.
 */
export async function expire (context: StoreContext): Promise<Ends & { readonly nextMs: number | null }> {
  const timeout = { timeout_ms: context.rules.timeoutMs }
  const ends: Ends = { ready: [], finals: [], leases: [], refused: null }
  for (;;) {
    const [tasks, expressions] = await context.run([
      call(dueTasks, { most: ROUND }), call(dueExpressions, { ...timeout, most: ROUND })
    ])
    const round: Due[] = [...tasks, ...expressions]
    round.sort((one, other) => one.deadline - other.deadline || one.deadline_order - other.deadline_order)
    if (round.length > 0 && await endAll(context, round, ends) > 0) continue
    const { ms } = await context.row(call(nextDeadline, timeout))
    return { ...ends, nextMs: ms === null ? null : Math.max(ms, round.length > 0 ? ELSEWHERE_MS : 1) }
  }
}

/** Returns how many deadlines of the round were ended here. */
async function endAll (context: StoreContext, round: readonly Due[], ends: Ends): Promise<number> {
  const { rules } = context
  const failing = new Map<number, Due>()
  const retried: DueTask[] = []
  const spent: DueTask[] = []
  for (const due of round) {
    // The other deadlines of a failed expression end with it.
    if (failing.has(due.expression)) continue
    const decision = 'id' in due ? decideDeadline(due, rules) : 'fail'
    if (decision === 'fail') failing.set(due.expression, due)
    else if ('id' in due) (decision === 'retry' ? retried : spent).push(due)
  }
  const before = ends.leases.length + ends.finals.length
  await orEach(retried, ends, tasks => retry(context, tasks, ends))
  await orEach(spent, ends, tasks => makeOverdue(context, tasks, ends))
  await orEach([...failing.values()], ends, ([due]) => fail(context, due!, ends), 1)
  return ends.leases.length + ends.finals.length - before
}

async function retry ({ row, rules }: StoreContext, tasks: readonly DueTask[], ends: Ends): Promise<void> {
  const { ready, outcomes } = await row(call(release, {
    tasks: tasks.map(idOf),
    leases: tasks.map(() => null),
    outcome: 'expired',
    message: null,
    attempts_limit: rules.attempts
  }))
  ends.ready.push(...ready)
  ends.leases.push(...tasks.filter((_, index) => outcomes[index] === 'accepted').map(task => lostOf(task, true)))
}

async function makeOverdue ({ rows, rules }: StoreContext, tasks: readonly DueTask[], ends: Ends): Promise<void> {
  const suspended = await rows(call(suspend, { tasks: tasks.map(idOf), attempts_limit: rules.attempts }))
  const ids = new Set(suspended.map(idOf))
  ends.leases.push(...tasks.filter(({ id }) => ids.has(id)).map(task => lostOf(task, false)))
}

async function fail ({ row, rules: { timeoutMs } }: StoreContext, due: Due, ends: Ends): Promise<void> {
  const { expression } = due
  if (!('id' in due)) {
    const error = failure('calculation_timeout', { seconds: timeoutMs! / 1000 })
    const { finished } = await row(finishCall(expression, 'failed', error, { timeout_ms: timeoutMs }))
    if (finished) ends.finals.push({ id: expression, ended: { status: 'failed', error } })
    return
  }
  const error = failureOf('attempts_exhausted', { attempts: due.attempts }, failedIn(due))
  const { finished } = await row(finishCall(expression, 'failed', error, { failed_task: due.id, overdue_task: due.id }))
  if (!finished) return
  ends.finals.push({ id: expression, ended: { status: 'failed', error: failureIn(due, error, due.id) } })
}

/** All at once; or each alone when the database refuses one of them, so that the others still end. */
async function orEach<Item> (
  items: readonly Item[], ends: Ends, end: (items: readonly Item[]) => Promise<void>, most = items.length
): Promise<void> {
  for (let from = 0; from < items.length; from += most) {
    const some = items.slice(from, from + most)
    try {
      await end(some)
    } catch (error) {
      if (scopeOf(error) !== 'item') throw error
      if (some.length > 1) await orEach(some, ends, end, 1)
      else ends.refused ??= { error }
    }
  }
}

function idOf ({ id }: { readonly id: number }): number {
  return id
}

function lostOf ({ id: task, expression, agent, attempts: attempt }: DueTask, isReadyAgain: boolean): ExpiredLease {
  return { task, expression, agent, attempt, isReadyAgain }
}
