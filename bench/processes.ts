/** The processes that the benchmark starts. It ends each of them by its pid. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Answer, Question } from './probe.js'

export interface Launched {
  readonly pid: number
  /** Waits until it prints something that matches. @throws when it ends before that */
  printed (pattern: RegExp): Promise<RegExpExecArray>
  /** Asks the probe in the process. */
  ask (question: Question): Promise<Answer>
  /** Ends the process. @throws when SIGTERM does not end it within STOP_MS; it is killed then */
  stop (signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Waits until the process ends by itself; answers its output. @throws when it fails */
  ended (): Promise<string>
}

export interface LaunchOptions {
  readonly variables?: Readonly<Record<string, string | number>> | undefined
  /** Working directory. */
  readonly folder?: string | undefined
  /** Loads the probe, for `ask`. */
  readonly probed?: boolean | undefined
}

/** How long SIGTERM may take to end a process, in ms. */
const STOP_MS = 60_000

const running = new Set<ChildProcess>()

/** Starts a program with no environment but PATH and the given variables. */
export function launch (program: string, args: readonly string[], options: LaunchOptions = {}): Launched {
  const { variables = {}, folder, probed = false } = options
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, ...texts(variables) },
    stdio: ['ignore', 'pipe', 'pipe', probed ? 'ipc' : 'ignore']
  })
  running.add(child)
  let text = ''
  const readers = new Set<() => void>()
  const read = (chunk: Buffer): void => {
    text += chunk.toString()
    for (const reader of readers) reader()
  }
  child.stdout?.on('data', read)
  child.stderr?.on('data', read)
  // `close`, unlike `exit`, comes after all output.
  const ended = once(child, 'close').finally(() => running.delete(child))
  ended.catch(() => {})

  function broken (): Error {
    return new Error(`${program} ${args.join(' ')} ended with ${child.exitCode ?? child.signalCode}:\n${text}`)
  }

  return {
    pid: child.pid ?? NaN,

    printed: pattern => new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(text)
        if (found === null) return
        readers.delete(look)
        resolve(found)
      }
      readers.add(look)
      ended.then(() => reject(broken()), reject)
      look()
    }),

    ask: question => new Promise((resolve, reject) => {
      child.once('message', resolve)
      ended.then(() => reject(broken()), reject)
      child.send(question)
    }),

    async stop (signal = 'SIGTERM') {
      child.kill(signal)
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(timer)
      if (signal === 'SIGTERM' && child.exitCode !== 0) throw broken()
    },

    async ended () {
      await ended
      if (child.exitCode !== 0) throw broken()
      return text
    }
  }
}

process.once('exit', killAll)

/** Ends the processes that a failed measure leaves behind. */
export function killAll (): void {
  for (const child of running) child.kill('SIGKILL')
}

function texts (variables: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]))
}
