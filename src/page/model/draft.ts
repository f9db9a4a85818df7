import { DomainError } from '../../core/errors.js'
import { DEFAULT_LIMITS } from '../../core/language/limits.js'
import type { Variables } from '../../core/language/variables.js'
import { PASSES } from '../../core/plan/passes.js'
import { type Effort, parallelismOf } from '../../core/plan/plan.js'
import { planExpression } from '../../core/plan/planner.js'

/** What an expression is before it is submitted, as the product's own parser and planner see it. */
export interface Draft {
  /** Why it would be refused; null when it would be accepted, and for an empty text. */
  readonly error: DraftError | null
  /** Names of its variables, in the order in which they appear. */
  readonly variables: readonly string[]
  /** Null without a plan: for an empty text, an error, or a text that is too long to be planned here. */
  readonly plan: DraftPlan | null
  /** Whether the text is too long to be planned while it is typed. */
  readonly isLong: boolean
}

export interface DraftError {
  readonly message: string
  /** In UTF-16 units. */
  readonly position: number
  readonly length: number
}

export interface DraftPlan {
  readonly operations: number
  readonly written: Planned
  readonly planned: Planned
}

export interface Planned extends Effort {
  readonly parallelism: number
}

/** A longer text would make typing slow, in UTF-16 units. */
export const MAX_PLANNED = 20_000
/** More variables are left to the server. */
const MAX_VARIABLES = 50

const NOTHING: Draft = { error: null, variables: [], plan: null, isLong: false }

/**
 * @param times operation times by symbol, in ms
 * @param isOptimized whether the server shortens plans
 */
export function draftOf (text: string, times: ReadonlyMap<string, number>, isOptimized: boolean): Draft {
  if (text.trim() === '') return NOTHING
  if (text.length > MAX_PLANNED) return { ...NOTHING, isLong: true }
  const variables = new Map<string, number>()
  for (;;) {
    try {
      const plan = planned(text, times, isOptimized, variables)
      return { ...NOTHING, variables: [...variables.keys()], plan }
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      const { position, length } = rangeOf(error, text)
      const name = text.slice(position, position + length)
      const isVariable = error.code === 'variable_missing' && variables.size < MAX_VARIABLES && !variables.has(name)
      // Which value it has changes nothing about the plan, unless it is 0 or 1.
      if (isVariable) variables.set(name, UNKNOWN)
      else return { ...NOTHING, variables: [...variables.keys()], error: { message: error.message, position, length } }
    }
  }
}

/** In place of a value that is not known. */
const UNKNOWN = 2.5

function planned (
  source: string, times: ReadonlyMap<string, number>, isOptimized: boolean, variables: Variables
): DraftPlan {
  const passes = PASSES[isOptimized ? 'exact' : 'none']
  const { operations, effort, before } = planExpression(source, { times, limits: DEFAULT_LIMITS, variables, passes })
  return {
    operations: operations.length,
    written: { ...before, parallelism: parallelismOf(before) },
    planned: { ...effort, parallelism: parallelismOf(effort) }
  }
}

function rangeOf ({ data }: DomainError, text: string): { position: number, length: number } {
  const { position = text.length, length = 0 } = data
  return { position: Number(position), length: Number(length) }
}
