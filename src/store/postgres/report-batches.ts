import type { Claim, ClaimedTask, Report, Reported } from '../../core/store.js'
import { claimedIn } from './claim.js'
import type { StoreContext } from './context.js'
import { type Result, type Step, reportInTurn, reportTogether, resultsOf } from './report.js'
import { createBatcher } from './batching.js'
import type { ClaimedRow } from './rows.js'

/** Results of different tasks, and the claim that follows them. */
interface Item {
  readonly results: readonly Result[]
  readonly next: Claim | undefined
}

/** Tasks in one transaction; more would keep others waiting for its locks. */
const MOST_TASKS = 256

/**
 * Returns the function that reports and claims. The reports and claims of one server share transactions.
 *
 * @param onStep is called after each transaction, before its callers get their answers; must not throw
 */
export function createReportBatches (
  context: StoreContext, onStep: (step: Step, claimed: readonly ClaimedTask[]) => void
): (reports: readonly Report[], next?: Claim) => Promise<Reported> {
  const take = createBatcher<Item, Reported>({
    sizeOf,

    async runBatch (items) {
      const claims = items.flatMap(({ next }) => next ?? [])
      const step = await reportTogether(context, items.flatMap(({ results }) => results), claims)
      return step === null ? null : reportedIn(step, items)
    },

    runOne: ({ results, next }) => takeInTurn(results, next)
  })

  async function takeInTurn (reports: readonly Report[], next: Claim | undefined): Promise<Reported> {
    const step = await reportInTurn(context, reports, next)
    const claimed = claimedIn(step.claimed)
    onStep(step, claimed)
    return { outcomes: [...step.outcomes], claimed }
  }

  function reportedIn (step: Step, items: readonly Item[]): Array<Reported | Promise<Reported>> {
    const reported = divide(step.outcomes, step.claimed, items)
    onStep(step, reported.flatMap(({ claimed }) => claimed))
    if (step.claimed[0]?.limited !== true) return reported
    return reported.map((one, index) => {
      const { next } = items[index]!
      return next === undefined || one.claimed.length > 0 ? one : claimAgain(one, next)
    })
  }

  /** For a claim that got nothing only because the others used up the time of the batch. */
  async function claimAgain ({ outcomes }: Reported, next: Claim): Promise<Reported> {
    const { claimed } = await take({ results: [], next })
    return { outcomes, claimed }
  }

  return async (reports, next) => {
    const results = resultsOf(reports)
    return results === null ? takeInTurn(reports, next) : take({ results, next })
  }
}

/** The first item, and those after it with other tasks and with claims that it can share a batch with. */
function sizeOf (waiting: readonly Item[]): number {
  const [first, ...others] = waiting
  const tasks = new Set(first!.results.map(({ task }) => task))
  let claim = first!.next
  let room = MOST_TASKS - (claim?.max ?? 0)
  let size = 1
  for (const { results, next } of others) {
    if (results.some(({ task }) => tasks.has(task)) || tasks.size + results.length > MOST_TASKS) break
    if (next !== undefined && (next.max > room || !isAlike(claim, next))) break
    for (const { task } of results) tasks.add(task)
    claim ??= next
    room -= next?.max ?? 0
    size++
  }
  return size
}

/** Whether one batch, in the order of the schedule, serves both. */
function isAlike (one: Claim | undefined, other: Claim): boolean {
  if (one === undefined) return true
  return one.symbols.length === other.symbols.length && one.symbols.every((symbol, at) => symbol === other.symbols[at])
}

/** For each item, its outcomes and its tasks. */
function divide (outcomes: Step['outcomes'], rows: readonly ClaimedRow[], items: readonly Item[]): Reported[] {
  let reports = 0
  let claims = 0
  return items.map(({ results, next }) => {
    const from = reports
    reports += results.length
    return { outcomes: outcomes.slice(from, reports), claimed: next === undefined ? [] : claimedIn(rows, claims++) }
  })
}
