/** The processes that the benchmark starts. Each one ends with it, by its own pid. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Answer, Question } from './probe.js'

export interface Launched {
  /** Waits until it prints something that matches. @throws when it ends before that */
  printed (pattern: RegExp): Promise<RegExpExecArray>
  /** Asks the probe in it. */
  ask (question: Question): Promise<Answer>
  /** Ends it. @throws when SIGTERM has not ended it after a while; it is killed then */
  stop (signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Waits until it ends by itself, and answers what it printed. @throws when it fails */
  ended (): Promise<string>
}

export interface LaunchOptions {
  readonly variables?: Readonly<Record<string, string | number>> | undefined
  /** Its working directory. */
  readonly folder?: string | undefined
  /** It has a channel for `ask`. */
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
  // `close`, unlike `exit`, comes after everything that it printed.
  const ended = once(child, 'close').finally(() => running.delete(child))
  ended.catch(() => {})

  function broken (): Error {
    return new Error(`${program} ${args.join(' ')} ended with ${child.exitCode ?? child.signalCode}:\n${text}`)
  }

  return {
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

/** For what a measure leaves behind when it fails. */
export function killAll (): void {
  for (const child of running) child.kill('SIGKILL')
}

function texts (variables: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]))
}
