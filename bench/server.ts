import { fileURLToPath } from 'node:url'
import { type Launched, type LaunchOptions, launch } from './processes.js'

export interface Server extends Launched {
  readonly url: string
}

export interface ServerOptions extends LaunchOptions {
  /** Its data folder and working directory. */
  readonly folder: string
  /** COMPUTING_POWER. */
  readonly power: number
}

/** The compiled command line. */
const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url))

const PROBE = new URL('./probe.js', import.meta.url).href

const LIMITLESS = 10_000_000
const LIMITLESS_BYTES = 2 ** 40

/** All operations take no time, unless a measure sets one: what is left is the cost of the server itself. */
const VARIABLES = {
  PORT: 0,
  LOG_LEVEL: 'warn',
  TIME_ADDITION_MS: 0,
  TIME_SUBTRACTION_MS: 0,
  TIME_MULTIPLICATIONS_MS: 0,
  TIME_DIVISIONS_MS: 0,
  OPEN_EXPRESSIONS_MAX: LIMITLESS,
  OPEN_OPERATIONS_MAX: LIMITLESS,
  OPEN_BYTES_MAX: LIMITLESS_BYTES
}

/** For a server that deletes nothing. */
export const KEEP_ALL = { RETAIN_EXPRESSIONS: LIMITLESS, RETAIN_BYTES: LIMITLESS_BYTES }

/** Starts Longhand on a free port, with the file store, and waits until it listens. */
export async function launchServer ({ folder, power, variables, probed }: ServerOptions): Promise<Server> {
  const launched = launch(process.execPath, [...probed === true ? ['--expose-gc', '--import', PROBE] : [], CLI], {
    folder,
    probed,
    variables: { ...VARIABLES, COMPUTING_POWER: power, DATA_FILE: 'longhand.json', ...variables }
  })
  const [, url] = await launched.printed(/API\s+(http:\/\/\S+)\/docs/)
  return { ...launched, url: url! }
}

/** Agents in a process of their own. */
export function launchAgents (url: string, name: string, power: number): Launched {
  const variables = { COMPUTING_POWER: power, AGENT_NAME: name, LOG_LEVEL: 'warn' }
  return launch(process.execPath, [CLI, 'agent', '--orchestrator', url], { variables })
}

/** Starts a script of the benchmark that prints the URL on which it listens. */
export async function launchReference (script: string, args: readonly string[] = []): Promise<Server> {
  const launched = launch(process.execPath, [scriptPath(script), ...args])
  const [, url] = await launched.printed(/listening on (http:\/\/\S+)/)
  return { ...launched, url: url! }
}

/** Starts a script of the benchmark. */
export function launchScript (script: string, args: readonly string[]): Launched {
  return launch(process.execPath, [scriptPath(script), ...args])
}

/** Runs a script of the benchmark to its end; answers its output. */
export function runScript (script: string, args: readonly string[]): Promise<string> {
  return launchScript(script, args).ended()
}

function scriptPath (script: string): string {
  return fileURLToPath(new URL(`./${script}`, import.meta.url))
}
