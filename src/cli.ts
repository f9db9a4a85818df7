#!/usr/bin/env node
/** The command line: chooses a command, lays the flags over the environment, starts. */
import { inspect, parseArgs } from 'node:util'
import { endGracefully, leave } from './system/shutdown.js'
import { watchLauncher } from './system/launcher.js'
import { createLogger } from './system/logger.js'
import { stderr, stdout } from './system/output.js'
import { isSettingsError, isStartedByNpm, readSettings, settingRows, type Settings } from './settings.js'
import { isStartError } from './system/start-error.js'
import { packageVersion } from './version.js'

interface Command {
  readonly summary: string
  readonly run: (settings: Settings) => Promise<void>
}

interface Flag {
  /** The environment variable that it overrides. */
  readonly setting: string
  /** Name of its value in the help text. */
  readonly value: string
  readonly commands: readonly string[]
}

/** Of the command line, as of a setting: 1 is for what fails later. */
const EXIT_USAGE = 2

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['serve', { summary: 'the server with its own agents (also without a command)', run: serve }],
  ['agent', { summary: 'agents alone, for a server elsewhere', run: work }]
])

// INTERNAL_TOKEN has no flag: a command line is visible to every user of the machine.
const FLAGS: ReadonlyMap<string, Flag> = new Map([
  ['port', { setting: 'PORT', value: 'N', commands: ['serve'] }],
  ['host', { setting: 'HOST', value: 'ADDRESS', commands: ['serve'] }],
  ['data', { setting: 'DATA_FILE', value: 'FILE', commands: ['serve'] }],
  ['orchestrator', { setting: 'ORCHESTRATOR_URL', value: 'URL[,URL]', commands: ['agent'] }],
  ['power', { setting: 'COMPUTING_POWER', value: 'N', commands: ['serve', 'agent'] }],
  ['name', { setting: 'AGENT_NAME', value: 'NAME', commands: ['serve', 'agent'] }],
  ['log-level', { setting: 'LOG_LEVEL', value: 'LEVEL', commands: ['serve', 'agent'] }]
])

/** Whether somebody wants to know where in the program an error was found. */
let debugs = false

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Error)) throw error
  const isUsage = isUsageError(error) || isSettingsError(error)
  const text = (isUsage || isStartError(error)) && !debugs ? error.message : inspect(error)
  stderr.write(`longhand: ${text}\n`)
  if (isUsageError(error)) stderr.write('"longhand --help" shows what there is.\n')
  leave(isUsage ? EXIT_USAGE : 1)
}

async function main (args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...Object.fromEntries([...FLAGS.keys()].map(name => [name, { type: 'string' as const }])),
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' }
    }
  })
  if (values.help === true) return print(helpText())
  if (values.version === true) return print(`${packageVersion()}\n`)

  const [name = 'serve', ...rest] = positionals
  const command = COMMANDS.get(name)
  if (command === undefined) throw usageError(`"${name}" is none of the commands: ${[...COMMANDS.keys()].join(', ')}`)
  if (rest.length > 0) throw usageError(`Unexpected argument "${rest[0]}"`)
  const settings = readSettings({ ...process.env, ...overrides(name, values) })
  debugs = settings.LOG_LEVEL === 'debug' || settings.LOG_LEVEL === 'trace'
  await command.run(settings)
}

/** The settings that flags give. */
function overrides (command: string, values: Readonly<Record<string, unknown>>): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const [name, { setting, commands }] of FLAGS) {
    const value = values[name]
    if (typeof value !== 'string') continue
    if (!commands.includes(command)) throw usageError(`--${name} belongs to "longhand ${commands.join(', ')}"`)
    if (value === '') throw usageError(`--${name} needs a value`)
    settings[setting] = value
  }
  return settings
}

async function serve (settings: Settings): Promise<void> {
  const server = await import('./server.js')
  await server.serve(settings, isStartedByNpm())
}

/** Agents without a server: on SIGTERM or SIGINT they finish or leave, a second signal ends at once. */
async function work (settings: Settings): Promise<void> {
  const { startAgent } = await import('./agent/pool.js')
  const { clientShare, descriptorLimit } = await import('./system/file-descriptors.js')
  const log = await createLogger(settings.LOG_LEVEL)
  if (settings.COMPUTING_POWER === 0) {
    log.warn('COMPUTING_POWER is 0, so this agent has nothing to do and ends. Set it (--power) to 1 or more')
    return
  }
  clientShare(descriptorLimit(), { power: settings.COMPUTING_POWER, threads: settings.AGENT_THREADS, serves: false })
  const agent = startAgent({
    urls: settings.ORCHESTRATOR_URL,
    token: settings.INTERNAL_TOKEN,
    name: settings.AGENT_NAME,
    power: settings.COMPUTING_POWER,
    threads: settings.AGENT_THREADS,
    taskNum: settings.TASK_NUM,
    queueWaitTime: settings.QUEUE_WAIT_TIME,
    timeUnit: settings.OPERATION_TIME_UNIT,
    graceMs: settings.SHUTDOWN_GRACE_MS,
    log
  })
  const ending = endGracefully({
    log,
    // `stop` is bounded by the grace already.
    limitMs: Infinity,
    async close (cause) {
      if ('error' in cause) log.error({ err: cause.error }, 'Agent stops')
      else log.info(cause, 'Agent stops')
      await agent.stop()
    }
  })
  watchLauncher(isStartedByNpm(), () => ending.end({ reason: 'the npm that started it is gone' }))
}

function helpText (): string {
  const commands = [...COMMANDS].map(([name, { summary }]) => [`longhand ${name}`, summary] as const)
  const flags = [...FLAGS].map(([name, { setting, value, commands }]) =>
    [`--${name} ${value}`, `${setting} (${commands.join(', ')})`] as const)
  const settings = settingRows().map(row =>
    [row.name, row.default === '' ? row.description : `${row.description} [${row.default}]`] as const)
  return [
    'Longhand works expressions out operation by operation, on as many agents as there are.',
    `Usage:\n${columns(commands)}`,
    `Flags, each for a setting:\n${columns([...flags, ['-h, --help', 'this text'], ['-v, --version', 'the version']])}`,
    `Settings, environment variables [default]:\n${columns(settings)}`
  ].join('\n\n') + '\n'
}

function columns (rows: ReadonlyArray<readonly [string, string]>): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}

/** A reader that has gone has seen enough. */
function print (text: string): void {
  const error = stdout.write(text)
  if (error === null || ('code' in error && error.code === 'EPIPE')) return
  stderr.write(`longhand: stdout: ${error.message}\n`)
  leave(1)
}

function usageError (message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_PARSE_ARGS' })
}

/** One of ours, or one that parseArgs throws. */
function isUsageError (error: Error): boolean {
  return 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}
