import pg from 'pg'

/** What can be handed to a statement. Numbers go there and back bit for bit; arrays hold one type, and nulls. */
export type Value = string | number | boolean | null | ReadonlyArray<string | number | null>

/** One SQL statement with a name, under which each connection prepares it once. */
export interface Statement<Parameters extends string = string> {
  readonly name: string
  /** PostgreSQL's types, by the parameters' names, in their order. */
  readonly parameters: ReadonlyMap<Parameters, string>
  readonly prepare: string
}

/** A statement and what it is asked: rendered, so that several of them travel in one message. */
export interface Call {
  readonly statement: Statement
  readonly text: string
}

/**
 * The times that every statement may use. `$at` is for people, `$tick` for leases; both are the database's clock, in ms
 * since the epoch, unless the store was given another (as tests are).
 */
export interface Moment {
  readonly at: number | null
  readonly tick: number | null
}

/** One moment for all statements of a message: that of its arrival. */
const NOW = 'floor(extract(epoch FROM statement_timestamp()) * 1000)::float8'

/**
 * Defines a statement. In its text a parameter is `$name`; `$at` and `$tick` are there unasked.
 *
 * @param parameters PostgreSQL's type of each
 */
export function statement<Parameters extends string> (
  name: string, parameters: Readonly<Record<Parameters, string>>, text: string
): Statement<Parameters> {
  const types = new Map(Object.entries<string>(parameters)) as Map<Parameters, string>
  const all = new Map<string, string>([...types, ['at', 'float8'], ['tick', 'float8']])
  const numbers = new Map([...all.keys()].map((parameter, index) => [parameter, index + 1]))
  const body = text.replace(/\$([a-z_]+)/g, (_whole, parameter: string) => {
    const number = numbers.get(parameter)
    if (number === undefined) throw new RangeError(`The statement ${name} has no parameter ${parameter}`)
    return parameter === 'at' || parameter === 'tick' ? `coalesce($${number}, ${NOW})` : `$${number}`
  })
  const prepare = `PREPARE ${pg.escapeIdentifier(name)} (${[...all.values()].join(', ')}) AS ${body.trim()}`
  return { name, parameters: types, prepare }
}

export function call<Parameters extends string> (
  statement: Statement<Parameters>, values: Readonly<Record<Parameters, Value>>, { at, tick }: Moment
): Call {
  const all = [...statement.parameters.keys()].map(parameter => values[parameter])
  const literals = [...all, at, tick].map(literal).join(', ')
  return { statement, text: `EXECUTE ${pg.escapeIdentifier(statement.name)} (${literals})` }
}

function literal (value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return `'${value}'`
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value === 'string') return quoted(value)
  return quoted(listOf(value))
}

/** PostgreSQL's text of an array; also for an element of an array of texts. */
export function listOf (values: ReadonlyArray<string | number | null>): string {
  return `{${values.map(element).join(',')}}`
}

function element (value: string | number | null): string {
  if (value === null) return 'NULL'
  return typeof value === 'number' ? String(value) : `"${value.replace(/["\\]/g, '\\$&')}"`
}

/** PostgreSQL's texts hold everything but the character 0, which would also end the message. */
function quoted (text: string): string {
  return pg.escapeLiteral(text.replaceAll('\0', '\uFFFD'))
}
