import { type Static, type TObject, type TProperties, Type } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import pg from 'pg'
import type { Status } from '../../core/expression.js'

/** The values that a parameter of each PostgreSQL type takes. Doubles arrive bit for bit. */
interface ValueTypes {
  readonly text: string | null
  readonly boolean: boolean
  readonly integer: number | null
  readonly bigint: number | null
  readonly float8: number | null
  readonly 'longhand.expression_status': Status | null
  readonly 'text[]': ReadonlyArray<string | null>
  readonly 'integer[]': ReadonlyArray<number | null>
  readonly 'bigint[]': ReadonlyArray<number | null>
  readonly 'float8[]': ReadonlyArray<number | null>
}

type Value = ValueTypes[keyof ValueTypes]

/** PostgreSQL types by parameter name, in the order of the parameters. */
export type Parameters = Readonly<Record<string, keyof ValueTypes>>

export type Values<Params extends Parameters> = { readonly [Name in keyof Params]: ValueTypes[Params[Name]] }

/** An SQL statement. Each connection prepares it once, under its name. */
export interface Statement<Params extends Parameters = Parameters, Row = unknown> {
  readonly name: string
  readonly parameters: Params
  readonly prepare: string
  /** Checks a row that the driver read, which costs about 0.1 µs. */
  readonly isRow: (row: unknown) => row is Row
}

export type RowOf<Prepared extends { readonly isRow: unknown }> =
  Prepared['isRow'] extends (row: unknown) => row is infer Row ? Row : never

/** A statement with the literals of its parameters. Several calls travel in one message. */
export interface Call<Row = unknown> {
  readonly statement: Pick<Statement<Parameters, Row>, 'name' | 'prepare' | 'isRow'>
  readonly literals: readonly string[]
}

/**
 * The times that every statement can use: `$at` in wall time, `$tick` on the clock of leases. Both are null for the
 * database's clock, in ms since the epoch; tests pass times of their own.
 */
export interface Moment {
  readonly at: number | null
  readonly tick: number | null
}

/** The same for all statements of a message: the time of its arrival. */
const NOW = 'floor(extract(epoch FROM statement_timestamp()) * 1000)::float8'

/**
 * Defines a statement. Its text refers to a parameter as `$name`; `$at` and `$tick` are always defined.
 *
 * @param columns the types of the columns of its rows
 */
export function statement<const Params extends Parameters, Columns extends TProperties> (
  name: string, parameters: Params, columns: Columns, text: string
): Statement<Params, Static<TObject<Columns>>> {
  const types: ReadonlyArray<readonly [name: string, type: string]> =
    [...Object.entries(parameters), ['at', 'float8'], ['tick', 'float8']]
  const numbers = new Map(types.map(([parameter], index) => [parameter, index + 1]))
  const body = text.replace(/\$([a-z_]+)/g, (_whole, parameter: string) => {
    const number = numbers.get(parameter)
    if (number === undefined) throw new RangeError(`The statement ${name} has no parameter ${parameter}`)
    return parameter === 'at' || parameter === 'tick' ? `coalesce($${number}, ${NOW})` : `$${number}`
  })
  const prepare = `PREPARE ${pg.escapeIdentifier(name)} (${types.map(([, type]) => type).join(', ')}) AS ${body.trim()}`
  // Compiled on first use: most of the start would go into statements that are not needed yet.
  let check: TypeCheck<TObject<Columns>> | undefined
  return {
    name,
    parameters,
    prepare,
    isRow: (row): row is Static<TObject<Columns>> =>
      (check ??= TypeCompiler.Compile(Type.Object(columns))).Check(row)
  }
}

export function call<const Params extends Parameters, Row> (
  statement: Statement<Params, Row>, values: Values<Params>
): Call<Row> {
  const given = new Map<string, Value>(Object.entries<Value>(values))
  return { statement, literals: Object.keys(statement.parameters).map(name => literal(given.get(name) ?? null)) }
}

export function render ({ statement: { name }, literals }: Call, { at, tick }: Moment): string {
  return `EXECUTE ${pg.escapeIdentifier(name)} (${[...literals, literal(at), literal(tick)].join(', ')})`
}

function literal (value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return `'${value}'`
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value === 'string') return quoted(value)
  return quoted(arrayText(value))
}

/** PostgreSQL's text of an array; also for an element of an array of texts. */
export function arrayText (values: ReadonlyArray<string | number | null>): string {
  return `{${values.map(element).join(',')}}`
}

function element (value: string | number | null): string {
  if (value === null) return 'NULL'
  return typeof value === 'number' ? String(value) : `"${value.replace(/["\\]/g, '\\$&')}"`
}

/** PostgreSQL's texts hold every character except 0, which would also end the message. */
function quoted (text: string): string {
  return pg.escapeLiteral(text.replaceAll('\0', '\uFFFD'))
}
