/** The entry of the thread that plans long texts. */
import { move, transferableSymbol, valueSymbol } from 'piscina'
import { type ErrorCode, type ErrorData, DomainError } from '../core/errors.js'
import type { Limits } from '../core/language/limits.js'
import { type PlanColumns, buffersOf, toColumns } from '../core/plan/columns.js'
import type { Times } from '../core/plan/draft.js'
import { type Optimization, PASSES } from '../core/plan/passes.js'
import { submittedPlanOf } from '../core/queue/transition.js'
import { type WrittenWork, planWork } from '../core/plan/work.js'

export interface PlanJob {
  readonly work: WrittenWork
  readonly times: Times
  readonly limits: Limits
  readonly optimize: Optimization
}

/** Domain errors as data: an error loses its class between threads. */
export type PlannerAnswer =
  | { readonly columns: PlanColumns, readonly written: Uint8Array }
  | { readonly refused: { readonly code: ErrorCode, readonly data: ErrorData } }

export default function ({ work, times, limits, optimize }: PlanJob): unknown {
  try {
    const plan = planWork(work, { times, limits, passes: PASSES[optimize] })
    const columns = toColumns(plan)
    const written = new TextEncoder().encode(JSON.stringify(submittedPlanOf(plan)).slice(1, -1))
    const answer: PlannerAnswer = { columns, written }
    const buffers = [...buffersOf(columns), written.buffer]
    return move({ [transferableSymbol]: buffers, [valueSymbol]: answer } as unknown as Parameters<typeof move>[0])
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const { code, data } = error
    return { refused: { code, data } } satisfies PlannerAnswer
  }
}
