/**
 * The settings, and the only place that reads the environment. One schema says what there is;
 * `longhand --help` and the table in the README come from it.
 */
import { Type, type Static, type StringOptions, type TSchema } from '@sinclair/typebox'
import { envSchema } from 'env-schema'
import { DEFAULT_LIMITS } from './core/language/limits.js'
import { OPERATIONS } from './core/operations.js'
import { OPTIMIZATIONS } from './core/plan/passes.js'
import { FORMATS, type FormatName } from './setting-formats.js'

/** The value of DATA_FILE that keeps nothing on disk. */
export const IN_MEMORY = 'memory:'

export type Settings = Readonly<Static<typeof GENERAL>> & {
  /** How long one operation takes, in ms, by the operation's symbol. */
  readonly times: ReadonlyMap<string, number>
}

/** One setting, as people read about it. All texts; what has no default has ''. */
export interface SettingRow {
  readonly name: string
  readonly default: string
  readonly allowed: string
  readonly description: string
}

export type Environment = Readonly<Record<string, string | undefined>>

const DAY_MS = 24 * 60 * 60 * 1000

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const GENERAL = Type.Object({
  PORT: integer('Port of the server; 0 takes any free one', 8080, 0, 65535),
  HOST: text('Address that the server listens on', 'address', { default: '127.0.0.1' }),
  DATA_FILE: text(`File of the store, relative to the working directory; ${IN_MEMORY} keeps nothing on disk`, 'path',
    { default: 'data/longhand.json' }),
  DATABASE_URL: Type.Optional(text('PostgreSQL database to use instead of the file; any number of servers may share it',
    'database', { writeOnly: true })),
  COMPUTING_POWER: integer('How many operations this process computes at once; 0 leaves them to other machines',
    4, 0, 10_000),
  AGENT_THREADS: integer('Most threads that share the computing power', 2, 1, 256),
  AGENT_NAME: Type.Optional(text('Name of the agent, for people; if unset, made of host name and process id', 'name')),
  TASK_NUM: Type.Optional(integer('Tasks that an agent claims at once; if unset, as many as are short',
    undefined, 1, 256)),
  QUEUE_WAIT_TIME: Type.Optional(Type.Number({
    description: 'Seconds after which an agent that found no work asks again; if unset, it waits at the orchestrator',
    minimum: 0.001,
    maximum: 86_400
  })),
  OPERATION_TIME_UNIT: choice(
    'Unit of the operation times that `longhand agent` is told; ns for some other orchestrators', ['ms', 'ns'], 'ms'),
  ORCHESTRATOR_URL: list('Where `longhand agent` asks for work; of several servers, whichever answers',
    'url', ['http://127.0.0.1:8080']),
  TASK_LEASE_MS: integer('How long after its operation time a task stays with a silent agent', 10_000, 1),
  TASK_ATTEMPTS: integer('How often a task is handed out before its expression fails', 5, 1),
  CALCULATION_TIMEOUT: Type.Optional(Type.Number({
    description: 'Seconds that an expression may take from its first claim, downtime not counted; if unset, any time',
    minimum: 0.001,
    maximum: 1e9
  })),
  RETAIN_EXPRESSIONS: integer('Finished expressions to keep; the one that finished first goes first', 10_000, 1),
  OPEN_EXPRESSIONS_MAX: integer('Unfinished expressions beyond which new ones are refused', 100_000, 1),
  OPEN_OPERATIONS_MAX: integer('Operations of unfinished expressions beyond which new ones are refused', 1_000_000, 1),
  SNAPSHOT_BYTES: integer('Size of the journal at which a snapshot is made though the server is busy',
    32 * 1024 * 1024, 16 * 1024),
  TASK_ID_FORMAT: choice('How agents are told ids: as JSON numbers or as strings', ['number', 'string'], 'number'),
  DIALECTS: choice('Whether agents made for other orchestrators are spoken to in their own ways', ['off', 'on'], 'off'),
  INTERNAL_TOKEN: Type.Optional(text('Secret that agents on other machines show as bearer token', 'token',
    { writeOnly: true })),
  INTERNAL_ALLOW: list('Peers that may work as agents without the token', 'ip-range'),
  ALLOWED_HOSTS: list('Names of this server in URLs, beside localhost and the name of the machine', 'host-name'),
  BODY_LIMIT_BYTES: integer('Largest body of a request', 2 * 1024 * 1024, 1024, 1024 ** 3),
  EXPRESSION_MAX_LENGTH: integer('Longest expression, in characters', DEFAULT_LIMITS.length, 1),
  EXPRESSION_MAX_DEPTH: integer('Deepest nesting of an expression', DEFAULT_LIMITS.syntaxDepth, 1),
  EXPRESSION_MAX_OPERATIONS: integer('Most operations of an expression', DEFAULT_LIMITS.operations, 1),
  EXPRESSION_MAX_PLAN_DEPTH: integer('Most operations of an expression that wait for one another in a row',
    DEFAULT_LIMITS.planDepth, 1),
  OPTIMIZE: choice('How plans are made shorter; exact: only where no result changes', OPTIMIZATIONS, 'exact'),
  SHUTDOWN_GRACE_MS: integer('Time after SIGTERM or SIGINT to finish what was begun', 10_000, 0, DAY_MS),
  LOG_LEVEL: choice('Least severe messages to log', LOG_LEVELS, 'info')
})

/** One setting for each time that the operations table names; a new operation brings its own, or shares one. */
const TIMES = Object.fromEntries([...OPERATIONS.values()].map(({ symbol, name, timeSetting }) => {
  const isShared = [...OPERATIONS.values()].some(other => other.timeSetting === timeSetting && other.symbol !== symbol)
  return [timeSetting, integer(`How long one ${isShared ? 'function' : name} takes, in ms`, defaultTimeMs(name), 0)]
}))

/** How existing implementations spell some of them. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['NUM_PROCESSES', 'COMPUTING_POWER'],
  ['TIME_MULTIPLICATION_MS', 'TIME_MULTIPLICATIONS_MS'],
  ['TIME_DIVISION_MS', 'TIME_DIVISIONS_MS']
])

const SCHEMAS: ReadonlyMap<string, TSchema> = new Map(Object.entries({ ...GENERAL.properties, ...TIMES }))

/**
 * Reads the settings from environment variables; an empty one counts as unset.
 *
 * @throws Error named SettingsError; its message tells everything that is wrong, a line each.
 */
export function readSettings (environment: Environment = process.env): Settings {
  const set = new Map(Object.entries(environment).flatMap(([name, value]) => value ? [[name, value] as const] : []))
  const { values, problems } = validate(set)
  problems.push(...unknownTimes(set), ...contradictions(set))
  if (problems.length > 0) {
    const error = new Error(['The settings cannot be used:', ...problems].join('\n  '))
    throw Object.assign(error, { name: 'SettingsError' })
  }
  const general = Object.fromEntries(Object.entries(values).filter(([name]) => name in GENERAL.properties))
  const times = new Map([...OPERATIONS].map(([symbol, { timeSetting }]) => [symbol, Number(values[timeSetting])]))
  return Object.freeze({ ...general as Static<typeof GENERAL>, times })
}

export function isSettingsError (error: Error): boolean {
  return error.name === 'SettingsError'
}

/** Every setting, in the order in which people should read them. */
export function settingRows (): SettingRow[] {
  return [...SCHEMAS].map(([name, schema]) => ({
    name,
    default: String(schema.default ?? ''),
    allowed: allowed(schema),
    description: schema.description ?? ''
  }))
}

function validate (set: ReadonlyMap<string, string>): { values: Record<string, unknown>, problems: string[] } {
  const data: Record<string, unknown> = {}
  const variables = new Map<string, string>()
  for (const [variable, value] of set) {
    const name = ALIASES.get(variable) ?? variable
    const schema = SCHEMAS.get(name)
    if (schema === undefined) continue
    data[name] = schema.type === 'array' ? value.split(',').map(item => item.trim()).filter(item => item !== '') : value
    variables.set(name, variable)
  }
  try {
    const schema = Type.Object(Object.fromEntries(SCHEMAS))
    const values = envSchema<Record<string, unknown>>({ schema, data, env: false, ajv: { customOptions: withFormats } })
    return { values, problems: [] }
  } catch (error) {
    const problems = [...faultyNames(error)].map(name => {
      const schema = SCHEMAS.get(name)!
      const variable = variables.get(name) ?? name
      const value = schema.writeOnly === true ? 'not usable (its value is not shown)' : shown(set.get(variable))
      return `${variable} is ${value}; allowed: ${allowed(schema)}`
    })
    return { values: {}, problems }
  }
}

interface FormatRegistry {
  addFormat (name: string, valid: (text: string) => boolean): unknown
}

function withFormats<Registry extends FormatRegistry> (registry: Registry): Registry {
  for (const [name, { valid }] of Object.entries(FORMATS)) registry.addFormat(name, valid)
  return registry
}

/** Which settings the validator complains about; anything else that went wrong is thrown again. */
function faultyNames (error: unknown): Set<string> {
  if (!(error instanceof Error && 'errors' in error && Array.isArray(error.errors))) throw error
  const errors: readonly { instancePath: string }[] = error.errors
  return new Set(errors.map(({ instancePath }) => instancePath.split('/')[1] ?? ''))
}

/** A time that no operation has would silently change nothing. */
function unknownTimes (set: ReadonlyMap<string, string>): string[] {
  return [...set.keys()]
    .filter(name => /^TIME_\w+_MS$/.test(name) && !SCHEMAS.has(name) && !ALIASES.has(name))
    .map(name => `${name} is not a setting; the times are ${Object.keys(TIMES).join(', ')}`)
}

function contradictions (set: ReadonlyMap<string, string>): string[] {
  return [...ALIASES].flatMap(([alias, name]) => {
    const [one, other] = [set.get(alias), set.get(name)]
    if (one === undefined || other === undefined || one === other) return []
    return [`${alias} is ${shown(one)} and ${name} is ${shown(other)}; they are the same setting, set one of them`]
  })
}

/** A value in a message; a password that was put into a URL stays out of it. */
function shown (value: string | undefined): string {
  return JSON.stringify(value)?.replace(/\/\/.*@/, '//…@') ?? 'missing'
}

function allowed (schema: TSchema): string {
  if (schema.type === 'number') return `a number from ${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'integer') return `an integer from ${schema.minimum} to ${schema.maximum}`
  if (Array.isArray(schema.enum)) return schema.enum.join(', ')
  const format: FormatName = schema.format ?? schema.items.format
  return FORMATS[format].allowed
}

function defaultTimeMs (operation: string): number {
  // So that a demonstration shows that kinds differ, and ends while one watches.
  return ['addition', 'subtraction'].includes(operation) ? 1000 : 2000
}

function integer (
  description: string, byDefault: number | undefined, minimum: number, maximum = Number.MAX_SAFE_INTEGER
) {
  return Type.Integer({ description, ...byDefault === undefined ? {} : { default: byDefault }, minimum, maximum })
}

function choice<const Choices extends readonly string[]> (
  description: string, choices: Choices, byDefault: Choices[number]
) {
  return Type.Unsafe<Choices[number]>({ type: 'string', enum: choices, default: byDefault, description })
}

function text (description: string, format: FormatName, options: StringOptions = {}) {
  return Type.String({ description, format, ...options })
}

function list (description: string, format: FormatName, byDefault: string[] = []) {
  return Type.Array(Type.String({ format }), { description, default: byDefault })
}
