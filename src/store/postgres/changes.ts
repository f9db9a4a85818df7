import type { Clock } from '../../core/clock.js'
import type { Expression } from '../../core/expression.js'
import type { Changes, ExpressionChanges, ListChanges, OperationStates, Store } from '../../core/store.js'
import { createBatcher } from './batching.js'
import type { createChangeHints } from './change-hints.js'
import type { StoreContext } from './context.js'
import { type Cursor, START, createCursors, shorten } from './cursors.js'
import { createReadPace } from './read-pace.js'
import { expressionOf, statesOf } from './rows.js'
import { changesOf, listChanges } from './sql/changes.js'
import { type RowOf, call } from './statement.js'

/**
 * Reads of changes, by any number of followers: those that wait are answered by one statement, and the statements are
 * at least this long apart, in ms.
 */
export const PACE_MS = 50

/** Ids that the answers of one statement share. Reading and parsing as many operations takes about 20 ms. */
const MOST_IDS = 5_000

/** Of these, what every request may have. */
const LEAST_IDS = 10

/** Of one statement. */
const MOST_REQUESTS = 2_000

/**
 * Expressions that are kept for the pieces of a pass, and for how long, in ms: a follower that comes back in the midst
 * of a pass would get an older state than it had before.
 */
const MOST_KEPT = 8
const KEPT_MS = 1_000

const LIST = 'list'

type ExpressionRow = RowOf<typeof changesOf>
type Answered = Pick<ExpressionRow, 'ordinal' | 'started' | 'more' | 'turned' | 'last' | 'snapshot'>

/** Requests for the same, with the same cursor, share their answer. */
interface Request {
  readonly of: string
  /** The expression; 0 for the list. */
  readonly id: number
  readonly cursor: Cursor
  readonly limit: number
}

export interface ChangesOptions {
  readonly clock: Pick<Clock, 'after' | 'monotonic'>
  readonly paceMs: number
  /** Names the database's life. */
  readonly life: string
  readonly hints: ReturnType<typeof createChangeHints>
}

/** The reads of changes; docs/postgres.md describes the cursors. */
export function createChanges (context: StoreContext, { clock, paceMs, life, hints }: ChangesOptions) {
  const cursors = createCursors(life)
  const paces = [createReadPace(clock, paceMs), createReadPace(clock, paceMs)] as const

  function changesIn (row: Answered, { of, cursor }: Request): Changes {
    const { started: isStart, more } = row
    return { cursor: cursors.write(of, cursorAfter(row, isStart ? START : cursor)), isStart, isComplete: !more }
  }

  /**
   * Expressions as the followers of a pass got them last. Until the pass ends they get this again: to count the
   * progress for each piece costs several times as much as the piece.
   */
  const kept = new Map<number, { readonly expression: Expression, readonly atMs: number }>()

  function keep (id: number, expression: Expression): void {
    kept.delete(id)
    kept.set(id, { expression, atMs: clock.monotonic() })
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
  }

  function dropOld (): void {
    const nowMs = clock.monotonic()
    for (const [id, { atMs }] of kept) if (nowMs - atMs > KEPT_MS) kept.delete(id)
  }

  const readExpressions = createReads<ExpressionChanges>(paces[0], hints, async requests => {
    dropOld()
    const rows = await context.rows(call(changesOf, {
      expressions: requests.map(({ id }) => id),
      eager: requests.flatMap(({ id, cursor: { next } }, index) => next === null || !kept.has(id) ? index + 1 : []),
      ...valuesOf(requests)
    }))
    const fresh = new Map<number, Expression>()
    for (const { id, expression } of rows) if (expression !== null) fresh.set(id, expressionOf(expression))
    const answers = answersOf(rows, requests, (row, request) => ({
      ...changesIn(row, request),
      expression: row.changed ? fresh.get(row.id) ?? kept.get(row.id)!.expression : null,
      operations: operationsIn(row)
    }))
    for (const { id, more } of rows) {
      const expression = fresh.get(id)
      if (more && expression !== undefined) keep(id, expression)
    }
    return answers
  }, ({ expression }) => expression !== null)

  const readLists = createReads<ListChanges>(paces[1], hints, async requests => {
    const rows = await context.rows(call(listChanges, valuesOf(requests)))
    return answersOf(rows, requests, (row, request) => {
      const { expressions, deleted } = row
      return { ...changesIn(row, request), expressions, deleted }
    })
  }, ({ expressions, deleted }) => expressions.length + deleted.length > 0)

  const verbs: Pick<Store, 'changesOf' | 'listChanges'> = {
    changesOf: (id, since, limit) =>
      readExpressions({ of: String(id), id, cursor: cursors.read(String(id), since), limit }),

    async listChanges (since, limit) {
      return (await readLists({ of: LIST, id: 0, cursor: cursors.read(LIST, since), limit }))!
    }
  }

  return {
    verbs,

    /** Reads that wait are done at once. */
    stop (): void {
      for (const { stop } of paces) stop()
    }
  }
}

/**
 * Returns the function that takes requests; those that wait share one statement.
 *
 * @param read what the answers of one statement to these requests are; null for an unknown expression
 */
function createReads<Answer extends Changes> (
  pace: ReturnType<typeof createReadPace>, hints: ChangesOptions['hints'],
  read: (requests: readonly Request[]) => Promise<Array<Answer | null>>, hasFound: (answer: Answer) => boolean
): (request: Request) => Promise<Answer | null> {
  async function readAll (requests: readonly Request[]): Promise<Array<Answer | null>> {
    const { distinct, indices } = distinctOf(requests)
    let isNew = false
    hints.reading()
    try {
      const answers = await pace.run(() => read(distinct))
      isNew = answers.some(answer => answer !== null && hasFound(answer))
      return indices.map(index => answers[index]!)
    } finally {
      hints.read(isNew)
    }
  }

  return createBatcher<Request, Answer | null>({
    pause: pace.pause,
    sizeOf: waiting => Math.min(waiting.length, MOST_REQUESTS),
    runBatch: readAll,
    runOne: async request => (await readAll([request]))[0]!
  })
}

/** The cursor with which the follower goes on. */
function cursorAfter ({ snapshot, more, turned, last }: Answered, { base, next }: Cursor): Cursor {
  const now = shorten(snapshot)
  if (!more) return { base: now, next: null, after: 0 }
  return turned ? { base: next, next: now, after: last } : { base, next: next ?? now, after: last }
}

function operationsIn ({ first_task: firstTask, tasks }: ExpressionRow): OperationStates {
  const indices = tasks.map(({ id }) => id - firstTask)
  return statesOf(firstTask, indices, tasks.map(({ id, ...task }) => task))
}

/** Each request once, and for each of `requests` the index of its like. */
function distinctOf (requests: readonly Request[]): { distinct: Request[], indices: number[] } {
  const known = new Map<string, number>()
  const distinct: Request[] = []
  const indices = requests.map(request => {
    const { of, cursor: { base, next, after }, limit } = request
    const key = [of, limit, after, base, next].join('.')
    const index = known.get(key) ?? distinct.push(request) - 1
    known.set(key, index)
    return index
  })
  return { distinct, indices }
}

/** As the statements take them. The requests share the ids that one statement may answer. */
function valuesOf (requests: readonly Request[]) {
  const share = Math.max(LEAST_IDS, Math.floor(MOST_IDS / requests.length))
  return {
    bases: requests.map(({ cursor }) => cursor.base),
    nexts: requests.map(({ cursor }) => cursor.next),
    afters: requests.map(({ cursor }) => cursor.after),
    most: requests.map(({ limit }) => Math.min(limit, share))
  }
}

function answersOf<Row extends Answered, Answer> (
  rows: readonly Row[], requests: readonly Request[], answerOf: (row: Row, request: Request) => Answer
): Array<Answer | null> {
  const answers = requests.map((): Answer | null => null)
  for (const row of rows) answers[row.ordinal - 1] = answerOf(row, requests[row.ordinal - 1]!)
  return answers
}
