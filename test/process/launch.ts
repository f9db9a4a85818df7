import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** A process of Longhand that a test has started; it is killed with the test. */
export interface Launched {
  readonly child: ChildProcess
  /** Everything it has printed so far, on both streams. */
  output (): string
  /** Waits until it prints something that matches. */
  printed (pattern: RegExp): Promise<RegExpExecArray>
  /** Ends it and answers its exit code; null when a signal ended it. */
  stop (signal?: NodeJS.Signals): Promise<number | null>
}

export interface LaunchedServer extends Launched {
  readonly url: string
}

export type Variables = Readonly<Record<string, string | number>>

/** Starts `longhand ARGS`, with no environment but PATH and the given variables, in the named network namespace. */
export function launch (
  t: Test, args: readonly string[], variables: Variables = {}, namespace: string | null = null
): Launched {
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]))
  const within = namespace === null ? [] : ['ip', 'netns', 'exec', namespace]
  const [command = '', ...rest] = [...within, process.execPath, CLI, ...args]
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
export async function launchServer (t: Test, variables: Variables = {}): Promise<LaunchedServer> {
  const launched = launch(t, [], { PORT: 0, DATA_FILE: 'longhand.json', COMPUTING_POWER: 0, ...variables })
  const [, url] = await launched.printed(/API\s+(http:\/\/\S+)\/docs/)
  return { ...launched, url: url! }
}

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** A request and its answer, as JSON where it has a body. */
export async function call (method: string, url: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url, body === undefined
    ? { method }
    : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}
