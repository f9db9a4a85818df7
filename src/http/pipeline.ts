import type { RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** How many requests may wait for the answers before them. */
export interface PipelineLimits {
  /** On one connection, before no more is read from it. */
  readonly pausedAt: number
  /** On one connection, before it is cut: what is in the chunk that was read last is parsed to its end. */
  readonly perConnection: number
  /** On all connections, before the one that adds to them is cut. */
  readonly inAll: number
}

/** A thousand requests take 3 MB while they wait. */
export const PIPELINE_LIMITS: PipelineLimits = { pausedAt: 32, perConnection: 4_000, inAll: 20_000 }

/** The requests of each connection, one after another. */
export interface Pipeline {
  /** Takes a request; it is handled when the answers before it have left. `begin` comes just before the handler. */
  take (request: Parameters<RequestListener>[0], response: ServerResponse, begin?: () => void): void
  /** Calls back when all answers of the connection have left, now if there is none on its way. */
  whenSent (socket: Socket, act: () => void): void
}

interface Connection {
  /** The answer that is being made or sent. */
  answer: ServerResponse | undefined
  readonly waiting: Array<() => void>
  isPaused: boolean
}

/**
 * Node hands out all pipelined requests of a chunk at once and keeps the answers until their turn comes: one chunk of
 * 16 KB can ask for 300 answers of 1 MB each. In turn, a connection holds one answer, whatever it asks for.
 *
 * A connection without pipelining costs one look-up.
 */
export function createPipeline (handle: RequestListener, limits: PipelineLimits = PIPELINE_LIMITS): Pipeline {
  const connections = new WeakMap<Socket, Connection>()
  let waitingInAll = 0

  function connectionOf (socket: Socket): Connection {
    let connection = connections.get(socket)
    if (connection === undefined) {
      connection = { answer: undefined, waiting: [], isPaused: false }
      connections.set(socket, connection)
    }
    return connection
  }

  function enqueue (socket: Socket, connection: Connection, act: () => void): void {
    const { waiting, answer } = connection
    waitingInAll++
    if (waiting.push(act) === 1) answer?.once('close', () => advance(socket, connection))
    if (waiting.length >= limits.pausedAt && !connection.isPaused) {
      connection.isPaused = true
      socket.pause()
    }
    if (waiting.length > limits.perConnection || waitingInAll > limits.inAll) socket.destroy()
  }

  function advance (socket: Socket, connection: Connection): void {
    const { waiting } = connection
    // What came before the connection broke and had no answer yet is not begun any more.
    if (socket.destroyed) waitingInAll -= waiting.splice(0).length
    const act = waiting.shift()
    if (act === undefined) return
    waitingInAll--
    act()
    if (waiting.length > 0) connection.answer?.once('close', () => advance(socket, connection))
    if (connection.isPaused && waiting.length < limits.pausedAt) {
      connection.isPaused = false
      socket.resume()
    }
  }

  function inTurn (socket: Socket, act: (connection: Connection) => void): void {
    // The rest of the chunk that was read last.
    if (socket.destroyed) return
    const connection = connectionOf(socket)
    const { answer, waiting } = connection
    if (waiting.length === 0 && (answer === undefined || answer.writableFinished)) act(connection)
    else enqueue(socket, connection, () => act(connection))
  }

  return {
    take (request, response, begin) {
      inTurn(request.socket, connection => {
        connection.answer = response
        begin?.()
        handle(request, response)
      })
    },
    whenSent: (socket, act) => inTurn(socket, act)
  }
}
