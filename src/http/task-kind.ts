import { type Static, type TSchema, Type } from '@sinclair/typebox'
import type { Expression } from '../core/expression.js'
import type { Times } from '../core/plan/draft.js'
import type { Work } from '../core/plan/work.js'
import { type ErrorAnswer, type ErrorFormat, problemFormat } from './errors.js'
import type { Problem } from './schemas/problem.js'

/**
 * A kind of task: a route that creates tasks and a route that returns their state. It has the schemas, makes work of an
 * input and a record of an expression; planning, queue, leases, agents and durability are the engine's.
 * `docs/new-task-kinds.md` adds one.
 */
export interface TaskKind<
  Input extends TSchema = TSchema, Record extends TSchema = TSchema, Receipt extends TSchema = TSchema
> {
  /** Its name in the store and in `GET /api/v1/expressions?kind=`. Must never change: it is stored with each task. */
  readonly kind: string
  /** For people: the word for one task, and the name of the service. */
  readonly noun: string
  readonly service: string
  readonly create: {
    /** Where clients send the input. */
    readonly path: string
    readonly input: Input
    /** With `params`, the input is in the path, and no body is needed. Default: `body`. */
    readonly from?: 'body' | 'params'
    /** Makes inputs that mean the same equal, for idempotency keys. Default: the input unchanged. */
    canonical? (input: Static<Input>): Static<Input>
    /** Default: POST. A GET that creates something refuses pages of other origins, and has no HEAD. */
    readonly methods?: ReadonlyArray<'GET' | 'POST'>
    /** Default: 201. */
    readonly status?: number
    /** The body of the response, where it is not the record. */
    readonly receipt?: Receipt
    receiptOf? (expression: Expression): Static<Receipt>
  }
  readonly read: {
    /** Ends with `/:id`. */
    readonly path: string
    readonly record: Record
    recordOf (expression: Expression): Static<Record>
    /** Whether the first response with the result sets `retrievedAt`. */
    readonly marksRetrieved?: true
  }
  /** The work of an input; may throw any error of the table. */
  work (input: Static<Input>, times: Times): Work
  readonly errors: ErrorBodies
}

/** The body of a service's errors: one member with a sentence. */
export interface ErrorBodies {
  readonly member: string
  /** The status of every invalid input. Default: 422. */
  readonly badInput?: number
}

/** Infers the types of the functions from the schemas. */
export function taskKind<Input extends TSchema, Record extends TSchema, Receipt extends TSchema = Record> (
  kind: TaskKind<Input, Record, Receipt>
): TaskKind {
  return kind
}

/** The schema of a service's errors. */
export function errorSchema ({ member }: ErrorBodies, title: string): TSchema {
  return Type.Object({ [member]: Type.String({ description: 'What is wrong' }) }, { title })
}

/** The error format of a path: that of the service to whose paths it belongs, or else problems. */
export function formatsOf (kinds: readonly TaskKind[]): (path: string) => ErrorFormat {
  const formats = kinds.flatMap(kind => {
    const format = formatOf(kind)
    return [kind.create.path, kind.read.path].map(path => [path.replace(/\/:.*$/, ''), format] as const)
  })
  return path => formats.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`))?.[1] ?? problemFormat
}

function formatOf ({ noun, errors: { member, badInput = 422 } }: TaskKind): ErrorFormat {
  return (problem): ErrorAnswer => ({
    status: problem.status === 422 ? badInput : problem.status,
    mediaType: 'application/json; charset=utf-8',
    body: { [member]: sentenceOf(problem, noun) }
  })
}

function sentenceOf ({ code, detail, position }: Problem, noun: string): string {
  if (code === 'expression_unknown') return `There is no such ${noun}`
  return position === undefined ? detail : `${detail} (at position ${position})`
}
