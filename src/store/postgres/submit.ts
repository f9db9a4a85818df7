import { domainError } from '../../core/errors.js'
import type { Submission } from '../../core/store.js'
import { expressionsAsArrays, locatedOperations, operationsAsArrays } from './submit-arrays.js'
import type { StoreContext } from './context.js'
import { createBatcher } from './batching.js'
import { call } from './statement.js'
import { submit as submitStatement } from './sql/submit.js'
import { countOpen, refuseIfFull } from './admission.js'
import { LARGE, storeLarge } from './submit-large.js'
import { type InitialState, type SubmitResult, initialStateOf, submitResultOf } from './submit-result.js'

/** What goes into one transaction; more would keep others waiting. */
const MOST_EXPRESSIONS = 100
const MOST_OPERATIONS = LARGE
/** Texts may have 100 million characters, and a message is one string. */
const MOST_CHARACTERS = 1_000_000

/** How often a submit that competes with others for the last room is tried. */
const ATTEMPTS = 3

/** Returns the function that submits expressions; those that arrive together are stored together. */
export function createSubmit (context: StoreContext): (submission: Submission) => Promise<SubmitResult> {
  /** Empty, with nothing stored, when there may be too much open work for all of them together. */
  async function store (submissions: readonly Submission[]): Promise<Array<SubmitResult | Error>> {
    const states = submissions.map(({ plan }) => initialStateOf(plan))
    const rows = await context.rows(submitCall(context, submissions, states))
    return rows.map((row, index) => submitResultOf(submissions[index]!, states[index]!, row))
  }

  async function storeOne (submission: Submission): Promise<SubmitResult | Error> {
    for (let attempt = 1; ; attempt++) {
      const [submitted] = await store([submission])
      if (submitted !== undefined) return submitted
      const open = await countOpen(context)
      refuseIfFull(context, open, submission.plan.operations.length)
      if (attempt === ATTEMPTS) throw domainError('queue_full', { what: 'others were quicker' })
    }
  }

  const take = createBatcher<Submission, SubmitResult | Error>({
    sizeOf,
    async runBatch (submissions) {
      const [first, second] = submissions
      // A single one would otherwise be refused twice before the reason is known.
      if (second === undefined) return [await storeOne(first!)]
      const submitted = await store(submissions)
      return submitted.length === submissions.length ? submitted : null
    },
    runOne: storeOne
  })

  /** One at a time, beside the others. */
  const takeLarge = createBatcher<Submission, SubmitResult | Error>({
    sizeOf: () => 1,
    runBatch: async ([submission]) => [await storeLarge(context, submission!)],
    runOne: submission => storeLarge(context, submission)
  })

  return async submission => {
    const submitted = await (submission.plan.operations.length > LARGE ? takeLarge : take)(submission)
    if (submitted instanceof Error) throw submitted
    return submitted
  }
}

/** The first, and those after it that fit; a second one with the same key has to find the first one stored. */
function sizeOf (waiting: readonly Submission[]): number {
  const keys = new Set<string>()
  let operations = 0
  let characters = 0
  let size = 0
  for (const { source, plan, idempotency } of waiting) {
    operations += plan.operations.length
    characters += source.length
    const isTooMuch = size === MOST_EXPRESSIONS || operations > MOST_OPERATIONS || characters > MOST_CHARACTERS
    if (size > 0 && isTooMuch) break
    if (idempotency !== undefined && keys.has(idempotency.key)) break
    if (idempotency !== undefined) keys.add(idempotency.key)
    size++
  }
  return size
}

export function submitCall (
  { rules }: StoreContext, submissions: readonly Submission[], states: readonly InitialState[]
) {
  return call(submitStatement, {
    ...expressionsAsArrays(submissions, states),
    most_expressions: rules.openExpressions,
    most_operations: rules.openOperations,
    owner: submissions.flatMap(({ plan: { operations } }, at) => Array.from(operations, () => at + 1)),
    ...operationsAsArrays(submissions.flatMap(({ plan }) => locatedOperations(plan)))
  })
}
