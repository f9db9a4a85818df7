import type { Claim, ClaimedTask, Report, Reported } from '../../core/store.js'
import type { Rows } from './connections.js'
import { reachOf } from './database-errors.js'
import { claimedIn, isLimited } from './claim.js'
import type { Session } from './session.js'
import { type Result, type Step, resultsOf, settleInTurn, settleTogether } from './report.js'
import { createSharing } from './batching.js'

/** Settles and claims of one server, which share transactions. */
export interface Group {
  report (reports: readonly Report[], next?: Claim): Promise<Reported>
}

interface Verb {
  readonly results: readonly Result[]
  readonly next: Claim | undefined
}

/** What goes into one transaction; more would keep others waiting for its locks. */
const MOST_TASKS = 256

/** @param onStep is told of each transaction, before those whose it was; it must not fail */
export function createGroup (
  session: Session, onStep: (step: Step, claimed: readonly ClaimedTask[]) => void
): Group {
  const share = createSharing<Verb, Reported>({
    fit: alikeOf,

    async together (verbs) {
      const claims = verbs.flatMap(({ next }) => next ?? [])
      const step = await settleTogether(session, verbs.flatMap(({ results }) => results), claims)
      return step === null ? null : finish(step, verbs)
    },

    alone: async ({ results, next }) => settleAlone(results, next),
    reach: reachOf
  })

  async function settleAlone (reports: readonly Report[], next: Claim | undefined): Promise<Reported> {
    const step = await settleInTurn(session, reports, next)
    const claimed = claimedIn(step.claimed)
    onStep(step, claimed)
    return { outcomes: step.outcomes, claimed }
  }

  function finish (step: Step, verbs: readonly Verb[]): Array<Reported | Promise<Reported>> {
    const settled = divide(step.outcomes, step.claimed, verbs)
    onStep(step, settled.flatMap(({ claimed }) => claimed))
    if (!isLimited(step.claimed)) return settled
    return settled.map((one, index) => {
      const { next } = verbs[index]!
      return next === undefined || one.claimed.length > 0 ? one : claimAfter(one, next)
    })
  }

  /** For who came away with nothing only because others took the time of the batch. */
  async function claimAfter ({ outcomes }: Reported, next: Claim): Promise<Reported> {
    const { claimed } = await share({ results: [], next })
    return { outcomes, claimed }
  }

  return {
    async report (reports, next) {
      const results = resultsOf(reports)
      return results === null ? settleAlone(reports, next) : share({ results, next })
    }
  }
}

/** The first, and those after it that can go with it. */
function alikeOf (waiting: readonly Verb[]): number {
  const [first, ...others] = waiting
  const tasks = new Set(first!.results.map(({ task }) => task))
  let claim = first!.next
  let room = MOST_TASKS - (claim?.max ?? 0)
  let count = 1
  for (const { results, next } of others) {
    if (results.some(({ task }) => tasks.has(task)) || tasks.size + results.length > MOST_TASKS) break
    if (next !== undefined && (next.max > room || !isAlike(claim, next))) break
    for (const { task } of results) tasks.add(task)
    claim ??= next
    room -= next?.max ?? 0
    count++
  }
  return count
}

/** Whether one batch, in the order of the line, serves both. */
function isAlike (one: Claim | undefined, other: Claim): boolean {
  if (one === undefined) return true
  return one.symbols.length === other.symbols.length && one.symbols.every((symbol, at) => symbol === other.symbols[at])
}

/** To each what is his. */
function divide (outcomes: Reported['outcomes'], rows: Rows, verbs: readonly Verb[]): Reported[] {
  let reported = 0
  let claims = 0
  return verbs.map(({ results, next }) => {
    const mine = outcomes.slice(reported, reported + results.length)
    reported += results.length
    return { outcomes: mine, claimed: next === undefined ? [] : claimedIn(rows, claims++) }
  })
}
