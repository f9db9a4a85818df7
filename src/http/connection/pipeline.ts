import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
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
  take (request: IncomingMessage, response: ServerResponse, begin?: () => void): void
  /**
   * Ends a connection on which no further request can be read: calls back when the answers to whole requests have
   * left, now if there are none.
   */
  end (socket: Socket, act: () => void): void
}

interface Turn {
  readonly act: () => void
  /** None for the end of the connection. */
  readonly request?: IncomingMessage
}

interface Connection {
  /** The answer that is being made or sent. */
  answer: ServerResponse | undefined
  readonly waiting: Turn[]
  isPaused: boolean
}

function isIdle ({ answer, waiting }: Connection): boolean {
  return waiting.length === 0 && (answer === undefined || answer.writableFinished)
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

  function enqueue (socket: Socket, connection: Connection, turn: Turn): void {
    const { waiting, answer } = connection
    waitingInAll++
    if (waiting.push(turn) === 1) answer?.once('close', () => advance(socket, connection))
    if (waiting.length >= limits.pausedAt && !connection.isPaused) {
      connection.isPaused = true
      socket.pause()
    }
    if (waiting.length > limits.perConnection || waitingInAll > limits.inAll) socket.destroy()
  }

  function advance (socket: Socket, connection: Connection): void {
    const { waiting } = connection
    // What can have no answer is not begun: the connection broke, or the last answer has closed it.
    if (!socket.writable) waitingInAll -= waiting.splice(0).length
    const turn = waiting.shift()
    if (turn === undefined) return
    waitingInAll--
    turn.act()
    if (waiting.length > 0) connection.answer?.once('close', () => advance(socket, connection))
    if (connection.isPaused && waiting.length < limits.pausedAt) {
      connection.isPaused = false
      socket.resume()
    }
  }

  return {
    take (request, response, begin) {
      const { socket } = request
      // The rest of the chunk that was read last.
      if (!socket.writable) return
      const connection = connectionOf(socket)
      function act (): void {
        connection.answer = response
        begin?.()
        handle(request, response)
      }
      if (isIdle(connection)) act()
      else enqueue(socket, connection, { act, request })
    },

    end (socket, act) {
      if (socket.destroyed) return
      const connection = connectionOf(socket)
      const { answer, waiting } = connection
      if (waiting.at(-1)?.request?.complete === false) {
        // It never becomes whole.
        waiting.pop()
        waitingInAll--
      }
      const isBroken = waiting.length === 0 && answer?.req.complete === false
      if (isIdle(connection) || (isBroken && !answer.headersSent)) act()
      else if (isBroken) socket.destroy()
      else enqueue(socket, connection, { act })
    }
  }
}
