/** How the file descriptors of a process are shared out. */
import { readFileSync } from 'node:fs'
import { startError } from './start-error.js'

/** What a process needs whatever it does: 22 were measured; the rest is for files, snapshots and a database. */
const BASE = 64

/** An agent's thread has an event loop of its own, and a connection for heartbeats. */
const PER_THREAD = 6

/** A server with room for fewer clients is of no use. */
const FEWEST_CLIENTS = 32

/** The limit that an error message recommends is rounded up to a multiple of this. */
const ADVICE_STEP = 256

export interface Demand {
  readonly power: number
  readonly threads: number
  /** Whether the other ends of the agents' connections, and clients, are in this process, too. */
  readonly serves: boolean
}

/**
 * How many file descriptors this process may have; Infinity where the system does not say. Node raises the limit as far
 * as it can.
 */
export function descriptorLimit (limits: () => string = () => readFileSync('/proc/self/limits', 'utf8')): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(limits())?.[1]
    return limit === undefined ? Infinity : Number(limit)
  } catch {
    // Only Linux has this file.
    return Infinity
  }
}

/**
 * How many connections of clients there is room for.
 *
 * @throws a start error when the limit is too low for the process and its agents
 */
export function clientShare (limit: number, { power, threads, serves }: Demand): number {
  const usedThreads = Math.min(power, threads)
  const ends = serves ? 2 : 1
  const fewest = serves ? FEWEST_CLIENTS : 0
  const perThread = PER_THREAD + (serves ? 1 : 0)
  const needed = BASE + usedThreads * perThread + power * ends
  if (needed + fewest <= limit) return limit - needed
  const fitting = Math.max(0, Math.floor((limit - BASE - fewest - usedThreads * perThread) / ends))
  const advised = Math.ceil((needed + fewest) / ADVICE_STEP) * ADVICE_STEP
  const other = fitting > 0 ? `, or set COMPUTING_POWER (--power) to ${fitting} or less` : ''
  throw startError(
    `COMPUTING_POWER is ${power}, for which this process needs ${needed + fewest} file descriptors, and it may have ` +
    `${limit}. Raise that limit (ulimit -n ${advised})${other}`
  )
}

/** How many connections the agents of a process have to their server at most. */
export function agentConnections ({ power, threads }: Demand): number {
  return power + Math.min(power, threads)
}
