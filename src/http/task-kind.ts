import { type Static, type TSchema, Type } from '@sinclair/typebox'
import type { Expression } from '../core/expression.js'
import type { Times } from '../core/plan/draft.js'
import type { Work } from '../core/plan/work.js'
import { type ErrorAnswer, type ErrorFormat, problemFormat } from './errors.js'
import type { Problem } from './schemas/problem.js'

/**
 * A kind of task: one route that creates tasks and one that shows how they stand. Schema in, work out, record back;
 * planning, queue, leases, agents and durability are the engine's. `docs/new-task-kinds.md` adds one.
 */
export interface TaskKind<
  Input extends TSchema = TSchema, Record extends TSchema = TSchema, Receipt extends TSchema = TSchema
> {
  /** What the store calls it, and `GET /api/v1/expressions?kind=`. Never to be changed: it is kept with each task. */
  readonly kind: string
  /** For people: what one task is called, and the service. */
  readonly noun: string
  readonly service: string
  readonly create: {
    /** Where a client sends what `input` describes. */
    readonly path: string
    readonly input: Input
    /** With `params` everything is in the path, and a body is not needed. By default `body`. */
    readonly from?: 'body' | 'params'
    /** Of inputs that mean the same, the same; for idempotency keys. By default the input as it is. */
    canonical? (input: Static<Input>): Static<Input>
    /** By default POST. A GET that creates something is only for pages of this server, and is no HEAD. */
    readonly methods?: ReadonlyArray<'GET' | 'POST'>
    /** By default 201. */
    readonly status?: number
    /** What the answer is, where it is not the record. */
    readonly receipt?: Receipt
    receiptOf? (expression: Expression): Static<Receipt>
  }
  readonly read: {
    /** Ends with `/:id`. */
    readonly path: string
    readonly record: Record
    recordOf (expression: Expression): Static<Record>
    /** Whether it is remembered that a result was fetched: `retrievedAt`. */
    readonly marksRetrieved?: true
  }
  /** What is to be worked out; it may throw any error of the table. */
  work (input: Static<Input>, times: Times): Work
  readonly errors: ErrorBodies
}

/** How a service tells what is wrong: one member that holds the sentence. */
export interface ErrorBodies {
  readonly member: string
  /** The status of whatever is wrong with the input. By default 422. */
  readonly badInput?: number
}

/** For its types alone: the input of `work` and the answers follow from the schemas. */
export function taskKind<Input extends TSchema, Record extends TSchema, Receipt extends TSchema = Record> (
  kind: TaskKind<Input, Record, Receipt>
): TaskKind {
  return kind
}

/** The body of an error, as OpenAPI shows it. */
export function errorSchema ({ member }: ErrorBodies, title: string): TSchema {
  return Type.Object({ [member]: Type.String({ description: 'What is wrong' }) }, { title })
}

/** Which format the errors of a path have: that of the service whose path it is or is below of, or else problems. */
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
