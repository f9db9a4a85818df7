/** How many file descriptors a process needs, and how many are left for its clients. */
import { readFileSync } from 'node:fs'
import { StartError } from './start-error.js'

/** What every process needs: 22 were measured; the rest is for files, snapshots and a database. */
const BASE = 64

/** An agent's thread has an event loop of its own, and a connection for heartbeats. */
const PER_THREAD = 6

/** A server with room for fewer clients does not start. */
const FEWEST_CLIENTS = 32

/** The limit that an error message recommends is rounded up to a multiple of this. */
const ADVICE_STEP = 256

/** The settings on which the need for descriptors depends. */
export interface DescriptorNeed {
  readonly power: number
  readonly threads: number
  /** Whether this process is a server, which has the other ends of the agents' connections, and clients, too. */
  readonly serves: boolean
}

/** How many file descriptors this process may have, after Node has raised its limit; Infinity where it is unknown. */
export function descriptorLimit (limits: () => string = () => readFileSync('/proc/self/limits', 'utf8')): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(limits())?.[1]
    return limit === undefined ? Infinity : Number(limit)
  } catch {
    // Only Linux has the file.
    return Infinity
  }
}

/**
 * The file descriptors left for connections of clients.
 *
 * @throws StartError when the limit is too low for the process and its agents
 */
export function clientShare (limit: number, { power, threads, serves }: DescriptorNeed): number {
  const usedThreads = Math.min(power, threads)
  const ends = serves ? 2 : 1
  const fewest = serves ? FEWEST_CLIENTS : 0
  const perThread = PER_THREAD + (serves ? 1 : 0)
  const needed = BASE + usedThreads * perThread + power * ends
  if (needed + fewest <= limit) return limit - needed
  const fitting = Math.max(0, Math.floor((limit - BASE - fewest - usedThreads * perThread) / ends))
  const advised = Math.ceil((needed + fewest) / ADVICE_STEP) * ADVICE_STEP
  const other = fitting > 0 ? `, or set COMPUTING_POWER (--power) to ${fitting} or less` : ''
  throw new StartError(
    `COMPUTING_POWER is ${power}, for which this process needs ${needed + fewest} file descriptors, and it may have ` +
    `${limit}. Raise that limit (ulimit -n ${advised})${other}`
  )
}

/** The most connections that the agents of a process have to their server. */
export function agentConnections ({ power, threads }: DescriptorNeed): number {
  return power + Math.min(power, threads)
}
