import { type Failure, failure } from '../../core/errors.js'
import { reachOf } from './database-errors.js'
import type { Session } from './session.js'
import { due as dueStatement, nextDue } from './sql/due.js'
import { finish } from './sql/finish.js'
import { giveBack } from './sql/give-back.js'
import { suspend } from './sql/suspend.js'
import { call } from './statement.js'

interface Due {
  /** Null for the end of an expression's time. */
  readonly task: number | null
  readonly expression: number
  readonly state: string | null
  readonly attempts: number | null
}

/** What ends at once; more are taken in further rounds. */
const ROUND = 1_000

/** When what is due is being ended by another server, in how many ms to look again. */
const ELSEWHERE_MS = 100

/** What has ended here. */
interface Ends {
  /** Symbols of tasks that can be claimed again. */
  readonly ready: string[]
  readonly finals: number[]
  /** Leases. */
  expired: number
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
  const ends: Ends = { ready: [], finals: [], expired: 0, refused: null }
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
  const again: number[] = []
  const spent: number[] = []
  for (const end of round) {
    // What is over for good has no other ends any more.
    if (failing.has(end.expression)) continue
    if (end.task === null || end.state === 'overdue') failing.set(end.expression, end)
    else if (end.attempts! < rules.attempts) again.push(end.task)
    else spent.push(end.task)
  }

  const before = ends.expired
  await orEach(again, ends, async tasks => {
    const values = { tasks, leases: tasks.map(() => null), refund: 0, overdue_after: rules.attempts }
    const [rows] = await run([call(giveBack, values, moment())])
    const given = (rows as ReadonlyArray<{ ready: string[] }>)[0]!.ready
    ends.ready.push(...given)
    ends.expired += given.length
  })
  await orEach(spent, ends, async tasks => {
    const [rows] = await run([call(suspend, { tasks, attempts: rules.attempts }, moment())])
    ends.expired += rows!.length
  })
  let done = ends.expired - before
  await orEach([...failing.values()], ends, async ([due]) => {
    const { expression, task, attempts } = due!
    const error = reasonOf(task, attempts, rules.timeoutMs)
    const [rows] = await run([call(finish, {
      expression,
      status: 'failed',
      error_code: error.code,
      error_message: error.message,
      overdue_task: task,
      timeout_ms: task === null ? rules.timeoutMs : null
    }, moment())])
    if (!(rows as ReadonlyArray<{ finished: boolean }>)[0]!.finished) return
    ends.finals.push(expression)
    done++
  }, 1)
  return done
}

/** All at once, or each alone when one of them is refused; that one keeps none of the others from its end. */
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

function reasonOf (task: number | null, attempts: number | null, timeoutMs: number | null): Failure {
  return task === null
    ? failure('calculation_timeout', { seconds: timeoutMs! / 1000 })
    : failure('attempts_exhausted', { attempts: attempts! })
}
