/**
 * The settings, and the only place that reads the environment. `longhand --help` and the table in the README are made
 * from the one schema.
 */
import { isIP } from 'node:net'
import { Type, type Static, type StringOptions, type TSchema } from '@sinclair/typebox'
import { DEFAULT_LIMITS } from './core/language/limits.js'
import { OPERATIONS } from './core/operations.js'
import { OPTIMIZATIONS } from './core/plan/passes.js'
import { FORMATS, type FormatName } from './setting-formats.js'

/** The value of DATA_FILE that stores nothing on disk. */
export const IN_MEMORY = 'memory:'

export type Settings = Readonly<Static<typeof GENERAL>> & {
  /** How long one operation takes, in ms, by the operation's symbol. */
  readonly times: ReadonlyMap<string, number>
}

export type Environment = Readonly<Record<string, string | undefined>>

const { MAX_SAFE_INTEGER } = Number
const DAY_MS = 24 * 60 * 60 * 1000

const GENERAL = Type.Object({
  PORT: integer('Port of the server; 0 selects a free port', 8080, 0, 65535),
  HOST: text('Address to listen on', 'address', { default: '127.0.0.1' }),
  DATA_FILE: text(`File of the store, relative to the working directory; ${IN_MEMORY} stores nothing on disk`, 'path',
    { default: 'data/longhand.json' }),
  DATABASE_URL: Type.Optional(text('PostgreSQL database to use instead of DATA_FILE; several servers can share it',
    'database', { writeOnly: true })),
  COMPUTING_POWER: integer('Number of operations that this process computes in parallel; 0 leaves all to remote agents',
    4, 0, 10_000),
  AGENT_THREADS: integer('Maximum number of threads that share COMPUTING_POWER', 2, 1, 256),
  AGENT_NAME: Type.Optional(text('Display name of the agent; default: host name and process id', 'name')),
  TASK_NUM: Type.Optional(integer('Number of tasks that an agent claims at once; default: several if they are short',
    undefined, 1, 256)),
  QUEUE_WAIT_TIME: Type.Optional(Type.Number({
    description: 'Seconds between the polls of an idle agent; default: long polling',
    minimum: 0.001,
    maximum: 86_400
  })),
  OPERATION_TIME_UNIT: choice(
    'Unit of the operation times that `longhand agent` receives; ns for some other orchestrators', ['ms', 'ns'], 'ms'),
  ORCHESTRATOR_URL: list('Server from which `longhand agent` claims work; with several, any that responds',
    'url', ['http://127.0.0.1:8080']),
  TASK_LEASE_MS: integer('How long a lease lasts beyond the operation time of the task, in ms', 10_000, 1),
  TASK_ATTEMPTS: integer('Number of attempts at a task before its expression fails', 5, 1, 1_000_000_000),
  CALCULATION_TIMEOUT: Type.Optional(Type.Number({
    description: 'Time limit of an expression in seconds, from its first claim, not counting downtime; default: none',
    minimum: 0.001,
    maximum: 1e9
  })),
  RETAIN_EXPRESSIONS: integer('Number of finished expressions to keep; the one that finished first is deleted first',
    10_000, 1),
  RETAIN_BYTES: integer('Memory for finished expressions, in bytes; the last one to finish is always kept',
    256 * 1024 * 1024, 1),
  EVENT_STREAMS_MAX: integer('Number of event streams beyond which new ones are refused', 2_000, 1),
  OPEN_EXPRESSIONS_MAX: integer('Number of unfinished expressions beyond which new ones are refused', 100_000, 1),
  OPEN_OPERATIONS_MAX: integer('Number of operations in unfinished expressions beyond which new ones are refused',
    1_000_000, 1),
  OPEN_BYTES_MAX: integer('Memory of unfinished expressions, in bytes, beyond which new ones are refused',
    512 * 1024 * 1024, 1),
  SNAPSHOT_BYTES: integer('Size of the journal, in bytes, that triggers a snapshot even if the server is busy',
    32 * 1024 * 1024, 16 * 1024, 1024 ** 3),
  TASK_ID_FORMAT: choice('Type of the ids sent to agents: JSON numbers or strings', ['number', 'string'], 'number'),
  DIALECTS: choice('Support for the protocol variants of agents written for other orchestrators', ['off', 'on'], 'off'),
  INTERNAL_TOKEN: Type.Optional(text('Secret that agents send as a bearer token; if unset, agents on this machine ' +
    'need none', 'token', { writeOnly: true })),
  INTERNAL_ALLOW: list('Addresses from which agents may connect without the token', 'ip-range'),
  ALLOWED_HOSTS: list('Further host names of this server, besides localhost and the name of the machine', 'host-name'),
  ALLOWED_ORIGINS: list('Origins of other sites whose pages may call the public API (CORS)', 'origin'),
  FRAME_ANCESTORS: text('Sites that may show the page in a frame, as a Content-Security-Policy lists them',
    'frame-ancestors', { default: "'none'" }),
  BODY_LIMIT_BYTES: integer('Maximum size of a request body, in bytes', 2 * 1024 * 1024, 1024, 1024 ** 3),
  EXPRESSION_MAX_LENGTH: integer('Maximum length of an expression, in characters',
    DEFAULT_LIMITS.length, 1, 100_000_000),
  EXPRESSION_MAX_DEPTH: integer('Maximum nesting depth of an expression', DEFAULT_LIMITS.syntaxDepth, 1),
  EXPRESSION_MAX_OPERATIONS: integer('Maximum number of operations in an expression',
    DEFAULT_LIMITS.operations, 1, 500_000),
  EXPRESSION_MAX_PLAN_DEPTH: integer('Maximum length of a chain of dependent operations', DEFAULT_LIMITS.planDepth, 1),
  OPTIMIZE: choice('How plans are shortened; exact: only where no result changes', OPTIMIZATIONS, 'exact'),
  SHUTDOWN_GRACE_MS: integer('Time after SIGTERM or SIGINT to finish work in progress, in ms', 10_000, 0, DAY_MS),
  LOG_LEVEL: choice('Lowest level of messages to log',
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info')
})

/** One setting for each `timeSetting` of the operations table. */
const TIMES = Object.fromEntries([...OPERATIONS.values()].map(({ symbol, name, timeSetting }) => {
  const isShared = [...OPERATIONS.values()].some(other => other.timeSetting === timeSetting && other.symbol !== symbol)
  return [timeSetting, integer(`Duration of one ${isShared ? 'function call' : name}, in ms`, defaultTimeMs(name), 0)]
}))

/** Names that existing implementations have for some settings. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['NUM_PROCESSES', 'COMPUTING_POWER'],
  ['TIME_MULTIPLICATION_MS', 'TIME_MULTIPLICATIONS_MS'],
  ['TIME_DIVISION_MS', 'TIME_DIVISIONS_MS']
])

const SCHEMAS: ReadonlyMap<string, TSchema> = new Map(Object.entries({ ...GENERAL.properties, ...TIMES }))

/**
 * Reads the settings from environment variables; an empty one counts as unset.
 *
 * @throws SettingsError
 */
export function readSettings (environment: Environment = process.env): Settings {
  const set = new Map(Object.entries(environment).flatMap(([name, value]) => value ? [[name, value] as const] : []))
  const { values, problems } = validate(set)
  problems.push(...unknownTimes(set), ...contradictions(set))
  if (problems.length > 0) throw new SettingsError(problems)
  const general = Object.fromEntries(Object.entries(values).filter(([name]) => name in GENERAL.properties))
  const times = new Map([...OPERATIONS].map(([symbol, { timeSetting }]) => [symbol, Number(values[timeSetting])]))
  return Object.freeze({ ...general as Static<typeof GENERAL>, times })
}

/**
 * Requires a token or a list of agents where other machines can reach the server. Without either it would start and
 * then refuse every agent for which HOST was set.
 *
 * @throws SettingsError
 */
export function requireAgentAccess ({ HOST, INTERNAL_TOKEN, INTERNAL_ALLOW }: Settings): void {
  const isLocal = HOST === 'localhost' || HOST === '::1' || (isIP(HOST) === 4 && HOST.startsWith('127.'))
  if (isLocal || INTERNAL_TOKEN !== undefined || INTERNAL_ALLOW.length > 0) return
  throw new SettingsError([
    `HOST is ${shown(HOST)}, which other machines can reach, and nothing says which agents there may take work. ` +
    'Set INTERNAL_TOKEN to a secret that you give them (openssl rand -hex 32 makes one), or INTERNAL_ALLOW to their ' +
    'addresses'
  ])
}

/** Settings that cannot be used; the message names every problem, one a line. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly code = 'settings_invalid'

  constructor (problems: readonly string[]) {
    super(['Invalid settings:', ...problems].join('\n  '))
  }
}

/** The options of an agent that the server's own agents and `longhand agent` take from the same settings. */
export function agentOptions (settings: Settings) {
  return {
    name: settings.AGENT_NAME,
    power: settings.COMPUTING_POWER,
    threads: settings.AGENT_THREADS,
    taskNum: settings.TASK_NUM,
    queueWaitTime: settings.QUEUE_WAIT_TIME,
    graceMs: settings.SHUTDOWN_GRACE_MS
  }
}

/** Whether npm, or a similar program, runs this process as a script or a command of a package. */
export function isStartedByNpm (environment: Environment = process.env): boolean {
  return environment['npm_lifecycle_event'] !== undefined || environment['npm_command'] !== undefined
}

/** Every setting as help and README list it, in their order; `default` is '' without one. */
export function settingRows () {
  return [...SCHEMAS].map(([name, schema]) => ({
    name,
    default: String(schema.default ?? ''),
    allowed: allowed(schema),
    description: schema.description ?? ''
  }))
}

function validate (set: ReadonlyMap<string, string>): { values: Record<string, unknown>, problems: string[] } {
  const variables = new Map([...set.keys()].map(variable => [ALIASES.get(variable) ?? variable, variable]))
  const values: Record<string, unknown> = {}
  const problems: string[] = []
  for (const [name, schema] of SCHEMAS) {
    const variable = variables.get(name)
    const text = variable === undefined ? undefined : set.get(variable)
    const value = text === undefined ? schema.default : read(schema, text)
    if (value !== undefined) {
      values[name] = value
    } else if (text !== undefined) {
      const found = schema.writeOnly === true ? 'invalid (its value is not shown)' : shown(text)
      problems.push(`${variable} is ${found}; allowed: ${allowed(schema)}`)
    }
  }
  return { values, problems }
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/**
 * The value of a text; undefined if the schema does not allow it. Settings have few types, and a validator for all of
 * JSON Schema takes as long to load as the rest of the program.
 */
function read (schema: TSchema, text: string): unknown {
  if (schema.type === 'array') {
    const items = text.split(',').map(item => item.trim()).filter(item => item !== '')
    return items.every(item => read(schema.items, item) !== undefined) ? items : undefined
  }
  if (schema.type === 'string') {
    const format: FormatName | undefined = schema.format
    const isAllowed = format === undefined ? schema.enum.includes(text) : FORMATS[format].valid(text)
    return isAllowed ? text : undefined
  }
  const number = DECIMAL.test(text) ? Number(text) : NaN
  const isInRange = number >= schema.minimum && number <= schema.maximum
  return isInRange && (schema.type === 'number' || Number.isInteger(number)) ? number : undefined
}

/** A misspelt time would otherwise have no effect. */
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

/** A value in a message, without the password of a URL. */
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
  // For a demonstration: the operations differ visibly, and a short expression takes seconds.
  return ['addition', 'subtraction'].includes(operation) ? 1000 : 2000
}

function integer (description: string, byDefault: number | undefined, minimum: number, maximum = MAX_SAFE_INTEGER) {
  return Type.Integer({ description, default: byDefault, minimum, maximum })
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
