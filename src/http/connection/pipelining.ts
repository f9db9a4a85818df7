import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** How many pipelined requests may wait for the responses before them. A thousand of them take 3 MB. */
export const PIPELINING_LIMITS = {
  /** On one connection, before reading from it pauses. */
  pausedAt: 32,
  /** On one connection, before it is closed. Node parses the last chunk that it read to its end, also when paused. */
  perConnection: 4_000,
  /** On all connections, before the one that adds to them is closed. */
  inAll: 20_000
}

interface Turn {
  readonly run: () => void
  /** Undefined for the end of the connection. */
  readonly request?: IncomingMessage
}

interface Connection {
  /** The response that is being made or sent. */
  current: ServerResponse | undefined
  readonly waiting: Turn[]
  isPaused: boolean
}

function isIdle ({ current, waiting }: Connection): boolean {
  return waiting.length === 0 && (current === undefined || current.writableFinished)
}

/**
 * Handles the requests of each connection one after another. Node emits all pipelined requests of a chunk at once and
 * buffers their responses: one chunk of 16 KB can ask for 300 responses of 1 MB each. One after another, a connection
 * holds one response in memory.
 *
 * A connection without pipelining costs one look-up.
 */
export function createPipelining (handle: RequestListener, limits: Readonly<typeof PIPELINING_LIMITS>) {
  const connections = new WeakMap<Socket, Connection>()
  let waitingInAll = 0

  function connectionOf (socket: Socket): Connection {
    let connection = connections.get(socket)
    if (connection === undefined) {
      connection = { current: undefined, waiting: [], isPaused: false }
      connections.set(socket, connection)
    }
    return connection
  }

  function enqueue (socket: Socket, connection: Connection, turn: Turn): void {
    const { waiting, current } = connection
    waitingInAll++
    if (waiting.push(turn) === 1) current?.once('close', () => advance(socket, connection))
    if (waiting.length >= limits.pausedAt && !connection.isPaused) {
      connection.isPaused = true
      socket.pause()
    }
    if (waiting.length > limits.perConnection || waitingInAll > limits.inAll) socket.destroy()
  }

  function advance (socket: Socket, connection: Connection): void {
    const { waiting } = connection
    // The connection broke, or the last response closed it: the rest can have no response.
    if (!socket.writable) waitingInAll -= waiting.splice(0).length
    const turn = waiting.shift()
    if (turn === undefined) return
    waitingInAll--
    turn.run()
    if (waiting.length > 0) connection.current?.once('close', () => advance(socket, connection))
    if (connection.isPaused && waiting.length < limits.pausedAt) {
      connection.isPaused = false
      socket.resume()
    }
  }

  return {
    /** Handles a request when the responses before it have left. `begin` is called just before the handler. */
    take (request: IncomingMessage, response: ServerResponse, begin?: () => void): void {
      const { socket } = request
      // A request in the rest of the last chunk of a closed connection.
      if (!socket.writable) return
      const connection = connectionOf(socket)
      function run (): void {
        connection.current = response
        begin?.()
        handle(request, response)
      }
      if (isIdle(connection)) run()
      else enqueue(socket, connection, { run, request })
    },

    /**
     * Ends a connection on which no further request can be read: calls back when the responses to complete requests
     * have left, at once if there are none.
     */
    end (socket: Socket, run: () => void): void {
      if (socket.destroyed) return
      const connection = connectionOf(socket)
      const { current, waiting } = connection
      if (waiting.at(-1)?.request?.complete === false) {
        // Its body will never be complete.
        waiting.pop()
        waitingInAll--
      }
      const isIncomplete = waiting.length === 0 && current?.req.complete === false
      if (isIdle(connection) || (isIncomplete && !current.headersSent)) run()
      else if (isIncomplete) socket.destroy()
      else enqueue(socket, connection, { run })
    }
  }
}
