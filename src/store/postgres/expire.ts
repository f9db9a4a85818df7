import { type Failure, failure } from '../../core/errors.js'
import type { TaskState } from '../../core/queue/calculation.js'
import { decideDeadline } from '../../core/queue/decisions.js'
import { failureOf } from '../../core/queue/failure.js'
import type { ExpiredLease, Outcome } from '../../core/store.js'
import { type FailingRow, failedIn, failureIn } from './rows.js'
import { reachOf } from './database-errors.js'
import type { Session } from './session.js'
import { due as dueStatement, nextDue } from './sql/due.js'
import { finish } from './sql/finish.js'
import { giveBack } from './sql/give-back.js'
import { suspend } from './sql/suspend.js'
import type { Final } from './report.js'
import { call } from './statement.js'

/** A task whose lease, or wait for a late result, ends. */
interface DueTask extends FailingRow {
  readonly id: number
  readonly expression: number
  readonly state: TaskState
  readonly attempts: number
  readonly agent: string | null
}

/** Without an id for the end of an expression's time. */
type Due = DueTask | { readonly id: null, readonly expression: number }

/** What ends at once; more are taken in further rounds. */
const ROUND = 1_000

/** When what is due is being ended by another server, in how many ms to look again. */
const ELSEWHERE_MS = 100

/** What has ended here. */
interface Ends {
  /** Symbols of tasks that can be claimed again. */
  readonly ready: string[]
  readonly finals: Final[]
  readonly leases: ExpiredLease[]
  /** The first that the database refused to end, for a reason of its own; null when there was none. */
  refused: { readonly error: unknown } | null
}

export interface Expired extends Ends {
  readonly nextMs: number | null
}

/**
 * Ends what is due, in the order of its ends. Each end is a transaction of its own, and looks again under its locks:
 * other servers do the same at the same time.
 */
export async function expire (session: Session): Promise<Expired> {
  const { rules, run } = session
  const ends: Ends = { ready: [], finals: [], leases: [], refused: null }
  for (;;) {
    const round = await dueNow(session)
    const done = round.length === 0 ? 0 : await endAll(session, round, ends)
    if (done > 0 && round.length > 0) continue
    const [rows] = await run([call(nextDue, { timeout_ms: rules.timeoutMs }, session.moment())])
    const { ms } = (rows as ReadonlyArray<{ ms: number | null }>)[0]!
    return { ...ends, nextMs: ms === null ? null : Math.max(ms, round.length > 0 ? ELSEWHERE_MS : 1) }
  }
}

async function dueNow ({ run, rules, moment }: Session): Promise<readonly Due[]> {
  const [rows] = await run([call(dueStatement, { timeout_ms: rules.timeoutMs, most: ROUND }, moment())])
  return rows as readonly Due[]
}

/** Answers how many have ended here. */
async function endAll (session: Session, round: readonly Due[], ends: Ends): Promise<number> {
  const { rules, run, moment } = session
  const failing = new Map<number, Due>()
  const again: DueTask[] = []
  const spent: DueTask[] = []
  for (const end of round) {
    // What is over for good has no other ends any more.
    if (failing.has(end.expression)) continue
    const decision = end.id === null ? 'fail' : decideDeadline(end, rules)
    if (decision === 'fail') failing.set(end.expression, end)
    else if (end.id !== null) (decision === 'retry' ? again : spent).push(end)
  }

  const before = ends.leases.length
  await orEach(again, ends, async due => {
    const values = { tasks: due.map(idOf), leases: due.map(() => null), refund: 0, overdue_after: rules.attempts }
    const [rows] = await run([call(giveBack, values, moment())])
    const [{ ready, outcomes }] = rows as readonly [{ ready: string[], outcomes: Outcome[] }]
    ends.ready.push(...ready)
    ends.leases.push(...due.filter((_, index) => outcomes[index] === 'accepted').map(task => lostOf(task, true)))
  })
  await orEach(spent, ends, async due => {
    const values = { tasks: due.map(idOf), attempts: rules.attempts }
    const [rows] = await run([call(suspend, values, moment())])
    const suspended = new Set((rows as ReadonlyArray<{ id: number }>).map(idOf))
    ends.leases.push(...due.filter(({ id }) => suspended.has(id)).map(task => lostOf(task, false)))
  })
  let done = ends.leases.length - before
  await orEach([...failing.values()], ends, async ([due]) => {
    const end = due!
    const { expression, id: task } = end
    const error = reasonOf(end, rules.timeoutMs)
    const [rows] = await run([call(finish, {
      expression,
      status: 'failed',
      error_code: error.code,
      error_message: error.message,
      failed_task: task,
      overdue_task: task,
      timeout_ms: task === null ? rules.timeoutMs : null
    }, moment())])
    if (!(rows as ReadonlyArray<{ finished: boolean }>)[0]!.finished) return
    const shown = end.id === null ? error : failureIn(end, error, end.id)
    ends.finals.push({ id: expression, ended: { status: 'failed', error: shown } })
    done++
  }, 1)
  return done
}

/** All at once, or each alone when one of them is refused, so that the others still end. */
async function orEach<Item> (
  items: readonly Item[], ends: Ends, end: (items: readonly Item[]) => Promise<void>, most = items.length
): Promise<void> {
  for (let from = 0; from < items.length; from += most) {
    const some = items.slice(from, from + most)
    try {
      await end(some)
    } catch (error) {
      if (reachOf(error) !== 'each') throw error
      if (some.length > 1) await orEach(some, ends, end, 1)
      else ends.refused ??= { error }
    }
  }
}

function reasonOf (end: Due, timeoutMs: number | null): Failure {
  return end.id === null
    ? failure('calculation_timeout', { seconds: timeoutMs! / 1000 })
    : failureOf('attempts_exhausted', { attempts: end.attempts }, failedIn(end))
}

function idOf ({ id }: { readonly id: number }): number {
  return id
}

function lostOf ({ id: task, expression, agent, attempts: attempt }: DueTask, isReadyAgain: boolean): ExpiredLease {
  return { task, expression, agent, attempt, isReadyAgain }
}
