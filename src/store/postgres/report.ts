import type { TaskState } from '../../core/queue/calculation.js'
import { type ReportEffect, decideReport } from '../../core/queue/decisions.js'
import type { Failure } from '../../core/errors.js'
import { failureOf } from '../../core/queue/failure.js'
import { OPERATIONS } from '../../core/operations.js'
import { neverRefused } from '../../core/operations/definition.js'
import { refusalOf } from '../../core/queue/refusal.js'
import type { Claim, Ended, Outcome, Report, ReportedError } from '../../core/store.js'
import { type FailingRow, failedIn, failureIn } from './rows.js'
import { type Run, type Rows, rollBackWith } from './connections.js'
import { claimCall } from './claim.js'
import type { Session } from './session.js'
import { finish } from './sql/finish.js'
import { giveBack } from './sql/give-back.js'
import { inspect } from './sql/inspect.js'
import { lock } from './sql/lock.js'
import { settle as settleStatement } from './sql/settle.js'
import { call } from './statement.js'

/** What settles, or a claim, came to in one transaction. */
export interface Step {
  readonly outcomes: Outcome[]
  /** The symbol of each task that became ready. */
  readonly ready: readonly string[]
  readonly finals: readonly Final[]
  /** Rows of the claims, where there were any. */
  readonly claimed: Rows
}

/** An expression that has ended here. */
export interface Final {
  readonly id: number
  readonly ended: Ended
}

interface SettledRow {
  readonly halted: boolean
  readonly outcomes: Outcome[]
  readonly ready: readonly string[]
  readonly ended: readonly number[]
  readonly doubts: readonly Doubt[] | null
}

/** A task that would become ready, if it has a result at all. */
interface Doubt extends FailingRow {
  readonly id: number
  readonly expression: number
}

interface InspectedRow extends FailingRow {
  readonly id: number
  readonly expression: number
  readonly state: TaskState
  readonly lease: string | null
  readonly attempts: number
}

export type Result = Report & { readonly result: number }

const HARMLESS = [...OPERATIONS.values()].flatMap(({ symbol, refusal }) => refusal === neverRefused ? symbol : [])

/** Settles and claims in one message; null when reports one after the other would come to something else. */
export async function settleTogether (
  session: Session, results: readonly Result[], claims: readonly Claim[]
): Promise<Step | null> {
  const calls = claims.length === 0 ? [] : [claimCall(session, claims)]
  if (results.length === 0) {
    const [claimed = []] = calls.length === 0 ? [] : await session.run(calls)
    return { outcomes: [], ready: [], finals: [], claimed }
  }
  const [rows, claimed = []] = await session.run([settleCall(session, results, false), ...calls])
  const [settled] = rows as readonly SettledRow[]
  if (settled!.halted) return null
  const { outcomes, ready, ended } = settled!
  return { outcomes, ready, finals: ended.map(completed), claimed }
}

/** Null when there are errors among them, or two for one task. */
export function resultsOf (reports: readonly Report[]): Result[] | null {
  const results = reports.filter(report => 'result' in report)
  const distinct = new Set(results.map(({ task }) => task)).size
  return distinct === reports.length ? results : null
}

export function settleCall ({ moment }: Session, results: readonly Result[], approved: boolean) {
  return call(settleStatement, {
    tasks: results.map(({ task }) => task),
    values: results.map(({ result }) => result),
    harmless: HARMLESS,
    approved
  }, moment())
}

/**
 * One report after the other, in one transaction all the same. All locks come first, by ids, also those on everything
 * that is unfinished of the expressions that will fail. Which those are is only known on the way: then it begins again.
 */
export async function settleInTurn (
  session: Session, reports: readonly Report[], next?: Claim
): Promise<Step> {
  const failing = new Set<number>()
  for (;;) {
    try {
      return await session.transaction(run => settleEach(session, run, reports, failing, next))
    } catch (error) {
      if (!isFailing(error)) throw error
      failing.add(error.failing)
    }
  }
}

interface Failing { readonly failing: number }

function isFailing (error: unknown): error is Failing {
  return typeof error === 'object' && error !== null && 'failing' in error
}

async function settleEach (
  session: Session, run: Run, reports: readonly Report[], failing: ReadonlySet<number>, next?: Claim
): Promise<Step> {
  const { rules, moment } = session
  const outcomes: Outcome[] = []
  const ready: string[] = []
  const finals: Final[] = []

  async function fail (at: Doubt | InspectedRow, error: Failure): Promise<void> {
    const { expression, id: task } = at
    if (!failing.has(expression)) throw rollBackWith({ failing: expression })
    await run([call(finish, {
      expression,
      status: 'failed',
      error_code: error.code,
      error_message: error.message,
      failed_task: task,
      overdue_task: null,
      timeout_ms: null
    }, moment())])
    finals.push({ id: expression, ended: { status: 'failed', error: failureIn(at, error, task) } })
  }

  async function complete (report: Result): Promise<void> {
    const [rows] = await run([settleCall(session, [report], true)])
    const [settled] = rows as readonly SettledRow[]
    finals.push(...settled!.ended.map(completed))
    for (const doubt of settled!.doubts ?? []) {
      const { symbol, left, right, range } = failedIn(doubt)
      const refusal = refusalOf(symbol, left, right, () => range)
      if (refusal !== null) return fail(doubt, refusal)
    }
    ready.push(...settled!.ready)
  }

  async function takeError (row: InspectedRow, { code, message }: ReportedError, effect: ReportEffect): Promise<void> {
    const { id: task } = row
    if (effect === 'fail') return fail(row, { code, message })
    if (effect === 'exhaust') return fail(row, failureOf('operation_failed', { reason: message }, failedIn(row)))
    const values = { tasks: [task], leases: [null], refund: 0, overdue_after: null }
    const [rows] = await run([call(giveBack, values, moment())])
    ready.push(...(rows as ReadonlyArray<{ ready: string[] }>)[0]!.ready)
  }

  async function take (report: Report): Promise<Outcome> {
    const [rows] = await run([call(inspect, { task: report.task }, moment())])
    const [row] = rows as readonly InspectedRow[]
    const { outcome, effect } = decideReport(row, report, rules)
    if (row === undefined || effect === null) return outcome
    if ('result' in report) await complete(report)
    else await takeError(row, report.error, effect)
    return outcome
  }

  await run([call(lock, { tasks: reports.map(({ task }) => task), expressions: [...failing] }, moment())])
  for (const report of reports) outcomes.push(await take(report))
  const [claimed = []] = next === undefined ? [] : await run([claimCall(session, [next])])
  return { outcomes, ready, finals, claimed }
}

function completed (id: number): Final {
  return { id, ended: { status: 'completed', error: null } }
}
