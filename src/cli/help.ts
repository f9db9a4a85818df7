/** The commands, their flags, and the text of `longhand --help`. */
import { settingRows } from '../settings.js'

export type CommandName = 'serve' | 'agent'

export interface Flag {
  /** The environment variable that it overrides. */
  readonly setting: string
  /** Name of its value in the help text. */
  readonly value: string
  readonly commands: readonly CommandName[]
}

const SUMMARIES: Readonly<Record<CommandName, string>> = {
  serve: 'the server with its own agents (the default command)',
  agent: 'only agents, for a server elsewhere'
}

export const COMMAND_NAMES = Object.keys(SUMMARIES)

export function isCommand (name: string): name is CommandName {
  return Object.hasOwn(SUMMARIES, name)
}

// INTERNAL_TOKEN has no flag: a command line is visible to every user of the machine.
export const FLAGS: ReadonlyMap<string, Flag> = new Map<string, Flag>([
  ['port', { setting: 'PORT', value: 'N', commands: ['serve'] }],
  ['host', { setting: 'HOST', value: 'ADDRESS', commands: ['serve'] }],
  ['data', { setting: 'DATA_FILE', value: 'FILE', commands: ['serve'] }],
  ['orchestrator', { setting: 'ORCHESTRATOR_URL', value: 'URL[,URL]', commands: ['agent'] }],
  ['power', { setting: 'COMPUTING_POWER', value: 'N', commands: ['serve', 'agent'] }],
  ['name', { setting: 'AGENT_NAME', value: 'NAME', commands: ['serve', 'agent'] }],
  ['log-level', { setting: 'LOG_LEVEL', value: 'LEVEL', commands: ['serve', 'agent'] }]
])

export function helpText (): string {
  const commands = Object.entries(SUMMARIES).map(([name, summary]) => [`longhand ${name}`, summary] as const)
  const flags = [...FLAGS].map(([name, { setting, value, commands }]) =>
    [`--${name} ${value}`, `${setting} (${commands.join(', ')})`] as const)
  const settings = settingRows().map(row =>
    [row.name, row.default === '' ? row.description : `${row.description} [${row.default}]`] as const)
  return [
    'Longhand evaluates expressions one operation at a time, spread over any number of agents.',
    `Usage:\n${columns(commands)}`,
    `Flags, each overrides a setting:\n${columns([...flags,
      ['-h, --help', 'print this text'], ['-v, --version', 'print the version']])}`,
    `Settings, environment variables [default]:\n${columns(settings)}`
  ].join('\n\n') + '\n'
}

function columns (rows: ReadonlyArray<readonly [string, string]>): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}
