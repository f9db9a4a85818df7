import { attemptOfResult, attributeResult } from '../../core/queue/attempts.js'
import { type ReportEffect, decideReport } from '../../core/queue/decisions.js'
import type { Failure } from '../../core/errors.js'
import { failureOf, operandFailureOf } from '../../core/queue/failure.js'
import { OPERATIONS } from '../../core/operations.js'
import { neverRefused } from '../../core/operations/definition.js'
import type { Claim, Ended, Outcome, Report, ReportedError, StoreRules } from '../../core/store.js'
import { type ClaimedRow, failedIn, failureIn } from './rows.js'
import { RollBack, type Sender } from './connections.js'
import { claimCall } from './claim.js'
import type { StoreContext } from './context.js'
import { finishCall } from './finish.js'
import { release } from './sql/release.js'
import { attribute, inspect, lock, report as reportStatement } from './sql/report.js'
import { type Call, type RowOf, call } from './statement.js'

/** What reports and claims did in one transaction. */
export interface Step {
  readonly outcomes: readonly Outcome[]
  /** The symbol of each task that became ready. */
  readonly ready: readonly string[]
  readonly finals: readonly Final[]
  /** Expressions that got a result or lost an attempt. */
  readonly changed: readonly number[]
  readonly claimed: readonly ClaimedRow[]
}

/** An expression that this server ended. */
export interface Final {
  readonly id: number
  readonly ended: Ended
}

type Inspected = RowOf<typeof inspect>
type Unchecked = NonNullable<RowOf<typeof reportStatement>['unchecked']>[number]

export type Result = Report & { readonly result: number }

/** Operations that have a result for any operands. */
const TOTAL_SYMBOLS = [...OPERATIONS.values()].flatMap(({ symbol, refusal }) => refusal === neverRefused ? symbol : [])

/** Reports and claims in one message; null when one report after the other would have another effect. */
export async function reportTogether (
  context: StoreContext, results: readonly Result[], claims: readonly Claim[]
): Promise<Step | null> {
  const claimCalls = claims.length === 0 ? [] : [claimCall(context, claims)]
  if (results.length === 0) {
    const [claimed = []] = claims.length === 0 ? [] : await context.run(claimCalls)
    return { outcomes: [], ready: [], finals: [], changed: [], claimed }
  }
  const [[reported], claimed = []] = await context.run([reportCall(results, false), ...claimCalls])
  const { deferred, outcomes, ready, ended, changed } = reported!
  return deferred ? null : { outcomes, ready, finals: ended.map(completed), changed, claimed }
}

/** The reports, if they are results of different tasks; null for reports that cannot be taken together. */
export function resultsOf (reports: readonly Report[]): Result[] | null {
  const results = reports.filter(report => 'result' in report)
  const distinct = new Set(results.map(({ task }) => task)).size
  return distinct === reports.length ? results : null
}

export function reportCall (results: readonly Result[], checked: boolean) {
  return call(reportStatement, {
    tasks: results.map(({ task }) => task),
    values: results.map(({ result }) => result),
    leases: results.map(({ lease }) => lease),
    total_symbols: TOTAL_SYMBOLS,
    checked
  })
}

/** Rolls back a transaction whose locks do not cover an expression that fails in it. */
class ExpressionFails extends RollBack {
  override readonly code = 'expression_fails'
  readonly expression: number

  constructor (expression: number) {
    super('An expression fails whose tasks are not locked')
    this.expression = expression
  }
}

/**
 * One report after the other, in one transaction. All locks come first, by ids, including those on the unfinished tasks
 * of the expressions that fail. Which expressions fail shows on the way; then the transaction begins again.
 */
export async function reportInTurn (context: StoreContext, reports: readonly Report[], next?: Claim): Promise<Step> {
  const failing = new Set<number>()
  for (;;) {
    try {
      return await context.transaction(async sender => {
        await sender.run([call(lock, { tasks: reports.map(({ task }) => task), expressions: [...failing] })])
        const step = createStep(sender, context.rules, failing)
        const outcomes: Outcome[] = []
        for (const report of reports) outcomes.push(await step.take(report))
        const claimed = next === undefined ? [] : await sender.rows(claimCall(context, [next]))
        return { outcomes, ready: step.ready, finals: step.finals, changed: step.changed, claimed }
      })
    } catch (error) {
      if (!(error instanceof ExpressionFails)) throw error
      failing.add(error.expression)
    }
  }
}

/** @param failing expressions whose unfinished tasks are locked */
function createStep (sender: Sender, rules: StoreRules, failing: ReadonlySet<number>) {
  const ready: string[] = []
  const finals: Final[] = []
  const changed: number[] = []

  async function fail (row: Unchecked | Inspected, error: Failure, reported: string | null = null): Promise<void> {
    const { expression, id: task } = row
    if (!failing.has(expression)) throw new ExpressionFails(expression)
    await sender.run([finishCall(expression, 'failed', error, { failed_task: task, reported })])
    finals.push({ id: expression, ended: { status: 'failed', error: failureIn(row, error, task) } })
  }

  async function complete (row: Inspected, result: Result): Promise<void> {
    const attributed = attribution(row, result)
    if (attributed !== null) await sender.run([attributed])
    const reported = await sender.row(reportCall([result], true))
    finals.push(...reported.ended.map(completed))
    for (const dependent of reported.unchecked ?? []) {
      const { symbol, left, right, range } = failedIn(dependent)
      const refusal = operandFailureOf(symbol, left, right, () => range)
      if (refusal !== null) return fail(dependent, refusal)
    }
    ready.push(...reported.ready)
  }

  async function takeError (row: Inspected, { code, message }: ReportedError, effect: ReportEffect): Promise<void> {
    if (effect === 'fail') return fail(row, { code, message })
    if (effect === 'exhaust') {
      return fail(row, failureOf('operation_failed', { reason: message }, failedIn(row)), message)
    }
    const values = { tasks: [row.id], leases: [null], outcome: 'failed', message, attempts_limit: null }
    ready.push(...(await sender.row(call(release, values))).ready)
  }

  return {
    ready,
    finals,
    changed,

    async take (report: Report): Promise<Outcome> {
      const [row] = await sender.rows(call(inspect, { task: report.task }))
      const { outcome, effect } = decideReport(row, report, rules)
      if (row === undefined || effect === null) return outcome
      changed.push(row.expression)
      if ('result' in report) await complete(row, report)
      else await takeError(row, report.error, effect)
      return outcome
    }
  }
}

/** Makes the task describe the attempt that gave the result; null where it does so already. */
function attribution ({ id: task, at, ...row }: Inspected, { lease }: Result): Call | null {
  const by = attemptOfResult(row, lease)
  if (by === undefined && row.state !== 'overdue') return null
  attributeResult(row, by, at)
  const { agent, claimedAt, endedAttempts } = row
  return call(attribute, {
    task,
    agent,
    claimed_at: claimedAt,
    ended_attempts: endedAttempts === null ? null : JSON.stringify(endedAttempts)
  })
}

function completed (id: number): Final {
  return { id, ended: { status: 'completed', error: null } }
}
