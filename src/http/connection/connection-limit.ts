import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { domainError } from '../../core/errors.js'
import type { OwnCheck } from '../guard/own-agents.js'

/** How many connections there may be. */
export interface ConnectionLimits {
  /** Of clients, agents elsewhere included. */
  readonly clients: number
  /** Kept free for the agents of this process, which show the token of the process. */
  readonly own: number
}

/** Further connections that may be open while they are being refused. */
const BEING_REFUSED = 8

/**
 * Refuses the first request of each connection beyond the limit, with a problem that says so, unless it comes from an
 * agent of this process. When too many of those connections are open, the oldest is closed.
 */
export function limitConnections (app: FastifyInstance, { clients, own }: ConnectionLimits, isOwn: OwnCheck): void {
  const admitted = new Set<Socket>()
  /** Beyond the limit; nothing is known of them yet. In the order in which they came. */
  const excess = new Set<Socket>()

  app.server.on('connection', socket => {
    if (admitted.size < clients) {
      admitted.add(socket)
      socket.once('close', () => admitted.delete(socket))
      return
    }
    const [oldest] = excess
    if (oldest !== undefined && excess.size >= own + BEING_REFUSED) oldest.destroy()
    excess.add(socket)
    socket.once('close', () => excess.delete(socket))
  })

  app.addHook('onRequest', ({ raw }, reply, done) => {
    const { socket } = raw
    if (excess.size === 0 || !excess.has(socket)) return done()
    if (isOwn(raw)) {
      // An agent has no more than its share of them.
      excess.delete(socket)
      return done()
    }
    if (admitted.size < clients) {
      excess.delete(socket)
      admitted.add(socket)
      socket.once('close', () => admitted.delete(socket))
      return done()
    }
    reply.header('connection', 'close')
    done(domainError('connections_full'))
  })
}
