#!/usr/bin/env node
/** The command line: chooses a command, lays the flags over the environment, starts. */
import { inspect, parseArgs } from 'node:util'
import { COMMAND_NAMES, type CommandName, FLAGS, helpText, isCommand } from './cli/help.js'
import { type Settings, SettingsError, readSettings } from './settings.js'
import { codeOf } from './core/error-code.js'
import { stderr, stdout } from './system/output.js'
import { exitNow } from './system/shutdown.js'
import { StartError } from './system/start-error.js'
import { packageVersion } from './version.js'

/** A command line that cannot be understood. */
class UsageError extends Error {
  readonly code = 'usage'
}

/** Of a command line or a setting that cannot be used; 1 is for what fails later. */
const EXIT_USAGE = 2

/** Loaded only when chosen: an agent needs no server. */
const COMMANDS: Readonly<Record<CommandName, (settings: Settings) => Promise<void>>> = {
  serve: async settings => (await import('./cli/serve.js')).serve(settings),
  agent: async settings => (await import('./cli/agent.js')).runAgents(settings)
}

/** Whether errors are shown with their stack. */
let isDebugging = false

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Error)) throw error
  const isUsage = error instanceof UsageError || error instanceof SettingsError
  const isExplained = isUsage || error instanceof StartError
  stderr.write(`longhand: ${isExplained && !isDebugging ? error.message : inspect(error)}\n`)
  if (error instanceof UsageError) stderr.write('Run "longhand --help" for usage.\n')
  exitNow(isUsage ? EXIT_USAGE : 1)
}

async function main (args: string[]): Promise<void> {
  const { values, positionals } = parse(args)
  if (values['help'] === true) return print(helpText())
  if (values['version'] === true) return print(`${packageVersion()}\n`)

  const [name = 'serve', ...rest] = positionals
  if (!isCommand(name)) throw new UsageError(`Unknown command "${name}"; commands: ${COMMAND_NAMES.join(', ')}`)
  if (rest.length > 0) throw new UsageError(`Unexpected argument "${rest[0]}"`)
  const settings = readSettings({ ...process.env, ...overrides(name, values) })
  isDebugging = settings.LOG_LEVEL === 'debug' || settings.LOG_LEVEL === 'trace'
  await COMMANDS[name](settings)
}

type Values = Readonly<Record<string, string | boolean | undefined>>

function parse (args: string[]): { values: Values, positionals: readonly string[] } {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...Object.fromEntries([...FLAGS.keys()].map(name => [name, { type: 'string' as const }])),
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' }
      }
    })
  } catch (error) {
    throw error instanceof Error ? new UsageError(error.message) : error
  }
}

/** The settings that flags give. */
function overrides (command: CommandName, values: Values): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const [name, { setting, commands }] of FLAGS) {
    const value = values[name]
    if (typeof value !== 'string') continue
    if (!commands.includes(command)) throw new UsageError(`--${name} belongs to "longhand ${commands.join(', ')}"`)
    if (value === '') throw new UsageError(`--${name} needs a value`)
    settings[setting] = value
  }
  return settings
}

/** A closed pipe is no error: its reader needs no more of the text. */
function print (text: string): void {
  const error = stdout.write(text)
  if (error === null || codeOf(error) === 'EPIPE') return
  stderr.write(`longhand: stdout: ${error.message}\n`)
  exitNow(1)
}
