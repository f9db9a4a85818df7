import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { getHeapStatistics } from 'node:v8'
import type { FastifyInstance } from 'fastify'
import { type Clock, repeat } from '../../core/clock.js'
import { createBudget } from './budget.js'
import { openConnections } from './open-connections.js'

/** How much memory responses may take that clients have not read, and for how long. */
export const RESPONSE_BUDGET_LIMITS = {
  /** Of large responses, over all connections; one is always admitted. 32 MiB of a heap of 256 MiB. */
  bytes: Math.min(256 * 1024 * 1024, getHeapStatistics().heap_size_limit / 8),
  /** How often all connections are checked, in ms. */
  sweepMs: 1_000,
  /** A connection is reset when its client has read nothing during this many checks in a row. */
  sweeps: 30,
  /** The same while other responses wait; the client that has read nothing for longest goes first. */
  sweepsWhenFull: 2
}

/** Smaller responses are not counted: most of them fit into the socket buffer of the kernel. */
const LARGE_BYTES = 64 * 1024

interface Stall {
  readonly written: number
  readonly pending: number
  sweeps: number
}

export type ResponseBudget = ReturnType<typeof createResponseBudget>

/** Bounds the memory of large responses that clients have not read yet. */
export function createResponseBudget (limits: Readonly<typeof RESPONSE_BUDGET_LIMITS> = RESPONSE_BUDGET_LIMITS) {
  const budget = createBudget<ServerResponse>(limits.bytes)

  /** Resets the connections of the clients that have read nothing for longest, until the waiting responses fit. */
  function makeRoom (stalls: ReadonlyMap<Socket, Stall>): void {
    let wanted = budget.shortage
    const stalled = [...budget.held].flatMap(([{ socket }, bytes]) => {
      const sweeps = socket === null ? 0 : stalls.get(socket)?.sweeps ?? 0
      return socket !== null && sweeps >= limits.sweepsWhenFull ? [{ socket, bytes, sweeps }] : []
    })
    for (const { socket, bytes } of stalled.sort((one, other) => other.sweeps - one.sweeps)) {
      if (wanted <= 0) return
      wanted -= bytes
      socket.resetAndDestroy()
    }
  }

  return {
    /**
     * Reserves memory for a response until it was sent or its connection has ended. Calls back once it is reserved, at
     * once if it can be, and also when the connection ends before.
     */
    reserve (response: ServerResponse, bytes: number, act: () => void): void {
      if (response.destroyed) return act()
      const isKnown = budget.held.has(response)
      if (budget.acquire(response, bytes, act)) {
        if (!isKnown) response.once('close', () => budget.release(response))
        return act()
      }
      response.once('close', () => {
        const isWaiting = !budget.held.has(response)
        budget.release(response)
        if (isWaiting) act()
      })
    },

    /** Resets the connections of this server whose clients do not read. */
    watch (server: Server, clock: Pick<Clock, 'after'>): void {
      const open = openConnections(server)
      const stalls = new Map<Socket, Stall>()
      const stop = repeat(clock, limits.sweepMs, () => {
        for (const socket of open) {
          noteProgress(socket, stalls)
          if ((stalls.get(socket)?.sweeps ?? 0) >= limits.sweeps) socket.resetAndDestroy()
        }
        for (const socket of stalls.keys()) if (!open.has(socket)) stalls.delete(socket)
        makeRoom(stalls)
      })
      server.once('close', stop)
    }
  }
}

function noteProgress (socket: Socket, stalls: Map<Socket, Stall>): void {
  const { writableLength: pending, bytesWritten: written } = socket
  const last = stalls.get(socket)
  if (pending === 0) stalls.delete(socket)
  else if (last?.pending === pending && last.written === written) last.sweeps++
  else stalls.set(socket, { pending, written, sweeps: 0 })
}

/** Has large responses wait for the budget, and sends them in slices so that their progress can be measured. */
export function limitResponses (app: FastifyInstance, budget: ResponseBudget): void {
  app.addHook('preSerialization', (_request, reply, payload, done) => {
    const bytes = sizeOf(payload, 3)
    // Before serialisation: what waits is then the state that the response is made of, not a text.
    if (bytes < LARGE_BYTES) done(null, payload)
    else budget.reserve(reply.raw, bytes, () => done(null, payload))
  })

  app.addHook('onSend', ({ method }, reply, payload, done) => {
    const isText = typeof payload === 'string'
    if ((!isText && !Buffer.isBuffer(payload)) || payload.length < LARGE_BYTES || method === 'HEAD') {
      return done(null, payload)
    }
    const body = isText ? Buffer.from(payload) : payload
    reply.header('content-length', body.length)
    budget.reserve(reply.raw, body.length, () => done(null, inSlices(body)))
  })
}

/** Roughly how many bytes a value takes as JSON. Looks only a few levels deep, where long texts and lists are. */
function sizeOf (value: unknown, levels: number): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null || levels === 0) return 8
  if (Array.isArray(value)) return value.length * (8 + sizeOf(value[0], levels - 1))
  let bytes = 0
  for (const member of Object.values(value)) bytes += 8 + sizeOf(member, levels - 1)
  return bytes
}

function inSlices (body: Buffer): Readable {
  let start = 0
  return new Readable({
    highWaterMark: LARGE_BYTES,
    read () {
      const slice = body.subarray(start, start + LARGE_BYTES)
      start += slice.length
      this.push(slice.length === 0 ? null : slice)
    }
  })
}
