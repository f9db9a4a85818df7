import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** A process of Longhand, killed after the test. */
export interface Launched {
  readonly child: ChildProcess
  /** All output so far, of both streams. */
  output (): string
  /** Waits until the output matches. */
  printed (pattern: RegExp): Promise<RegExpExecArray>
  /** Ends the process; answers its exit code, or null when a signal ended it. */
  stop (signal?: NodeJS.Signals): Promise<number | null>
}

export interface LaunchedServer extends Launched {
  readonly url: string
}

export type Variables = Readonly<Record<string, string | number>>

/**
 * Starts `longhand ARGS`, with no environment but PATH and the given variables.
 *
 * @param namespace name of the network namespace to start it in
 * @param cli the file to run
 */
export function launch (
  t: Test, args: readonly string[], variables: Variables = {},
  { namespace, cli = CLI }: { namespace?: string, cli?: string } = {}
): Launched {
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]))
  const within = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace]
  const [command = '', ...rest] = [...within, process.execPath, cli, ...args]
  const child = spawn(command, rest, { env: { PATH: process.env.PATH, ...env }, cwd: t.testdirName })
  let text = ''
  const listeners = new Set<() => void>()
  const onOutput = (chunk: Buffer): void => {
    text += chunk.toString()
    for (const listener of listeners) listener()
  }
  child.stdout.on('data', onOutput)
  child.stderr.on('data', onOutput)
  const exited = once(child, 'exit')
  t.teardown(() => stop('SIGKILL'))

  async function stop (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    child.kill(signal)
    await exited
    return child.exitCode
  }

  return {
    child,
    output: () => text,
    printed: pattern => new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(text)
        if (found === null) return
        listeners.delete(look)
        resolve(found)
      }
      listeners.add(look)
      exited.then(() => reject(new Error(`It ended with ${child.exitCode ?? child.signalCode}:\n${text}`)), reject)
      look()
    }),
    stop
  }
}

/** Starts a server on a free port and waits until it is ready. */
export async function launchServer (t: Test, variables: Variables = {}, cli = CLI): Promise<LaunchedServer> {
  const defaults = { PORT: 0, DATA_FILE: 'longhand.json', COMPUTING_POWER: 0 }
  const launched = launch(t, [], { ...defaults, ...variables }, { cli })
  const [, url] = await launched.printed(/API\s+(http:\/\/\S+)\/docs/)
  return { ...launched, url: url! }
}

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Sends a request; answers its response, with the body as JSON. */
export async function call (method: string, url: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url, body === undefined
    ? { method }
    : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}
