import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { getHeapStatistics } from 'node:v8'
import type { FastifyInstance } from 'fastify'
import { type Clock, repeat } from '../../core/clock.js'

/** How much may wait for clients that do not read it, and for how long. */
export interface UnsentLimits {
  /** Of large answers, over all connections. One answer is always let through. */
  readonly bytes: number
  /** How often all connections are looked at, in ms. */
  readonly sweepMs: number
  /** A connection is cut when its client took nothing for so many looks in a row. */
  readonly sweeps: number
  /** The same while other answers wait for room; the one that took nothing for longest goes first. */
  readonly sweepsWhenFull: number
}

export const UNSENT_LIMITS: UnsentLimits = {
  // 32 MiB of a heap of 256 MiB.
  bytes: Math.min(256 * 1024 * 1024, getHeapStatistics().heap_size_limit / 8),
  sweepMs: 1_000,
  sweeps: 30,
  sweepsWhenFull: 2
}

/** Smaller answers need no room: they mostly fit into what the kernel takes at once. */
export const LARGE_BYTES = 64 * 1024

/** What large answers take that clients have not read yet. */
export interface Unsent {
  /**
   * Makes room for an answer until it has left, or its connection ends.
   *
   * @returns when there is room, or nothing if there is some now
   */
  room (response: ServerResponse, bytes: number): Promise<void> | undefined
  /** Cuts connections of this server whose clients do not read. */
  watch (server: Server, clock: Pick<Clock, 'after'>): void
}

interface Stall {
  readonly written: number
  readonly pending: number
  sweeps: number
}

export function createUnsent (limits: UnsentLimits = UNSENT_LIMITS): Unsent {
  const held = new Map<ServerResponse, number>()
  const waiting = new Map<ServerResponse, { readonly bytes: number, readonly admit: () => void }>()
  let total = 0

  function fits (bytes: number): boolean {
    return total === 0 || total + bytes <= limits.bytes
  }

  function hold (response: ServerResponse, bytes: number): undefined {
    total += bytes - (held.get(response) ?? 0)
    held.set(response, bytes)
  }

  function release (response: ServerResponse): void {
    total -= held.get(response) ?? 0
    held.delete(response)
    waiting.get(response)?.admit()
    waiting.delete(response)
    for (const [next, { bytes, admit }] of waiting) {
      if (!fits(bytes)) return
      waiting.delete(next)
      hold(next, bytes)
      admit()
    }
  }

  /** Makes room for what waits, at the cost of the clients that have read nothing for longest. */
  function makeRoom (stalls: ReadonlyMap<Socket, Stall>): void {
    let wanted = total - limits.bytes
    for (const { bytes } of waiting.values()) wanted += bytes
    const stalled = [...held].flatMap(([{ socket }, bytes]) => {
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
    room (response, bytes) {
      if (held.has(response)) return hold(response, bytes)
      if (response.destroyed) return undefined
      response.once('close', () => release(response))
      if (waiting.size === 0 && fits(bytes)) return hold(response, bytes)
      return new Promise(resolve => { waiting.set(response, { bytes, admit: resolve }) })
    },

    watch (server, clock) {
      const open = connectionsOf(server)
      const stalls = new Map<Socket, Stall>()
      const stop = repeat(clock, limits.sweepMs, () => {
        for (const socket of open) {
          noteProgress(socket, stalls)
          if ((stalls.get(socket)?.sweeps ?? 0) >= limits.sweeps) socket.resetAndDestroy()
        }
        for (const socket of stalls.keys()) if (!open.has(socket)) stalls.delete(socket)
        if (waiting.size > 0) makeRoom(stalls)
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

/** Every connection of a server that is open. */
export function connectionsOf (server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  server.on('connection', socket => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}

/** Has the large answers of an app wait for room, and sends them in slices, so that their progress can be seen. */
export function boundUnsent (app: FastifyInstance, unsent: Unsent): void {
  app.addHook('preSerialization', (_request, reply, payload, done) => {
    const bytes = sizeOf(payload, 3)
    // Before it is written: what waits for room is the state that it is made of.
    if (bytes < LARGE_BYTES) done(null, payload)
    else whenRoom(unsent.room(reply.raw, bytes), () => done(null, payload))
  })

  app.addHook('onSend', ({ method }, reply, payload, done) => {
    const isText = typeof payload === 'string'
    if ((!isText && !Buffer.isBuffer(payload)) || payload.length < LARGE_BYTES || method === 'HEAD') {
      return done(null, payload)
    }
    const body = isText ? Buffer.from(payload) : payload
    reply.header('content-length', body.length)
    whenRoom(unsent.room(reply.raw, body.length), () => done(null, inSlices(body)))
  })
}

function whenRoom (room: Promise<void> | undefined, act: () => void): void {
  if (room === undefined) act()
  else room.then(act)
}

/** About what a value takes as JSON. Only a few levels deep, which is where long texts and lists are. */
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
