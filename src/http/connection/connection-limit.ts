import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { domainError } from '../../core/errors.js'
import type { OwnCheck } from '../guard/own-agents.js'

/** How many connections may be open. */
export interface ConnectionLimits {
  /** Of clients, agents elsewhere included. */
  readonly clients: number
  /** Reserved for the agents of this process, which send the process's own token. */
  readonly own: number
}

/** How many more may be open while they are refused. */
const BEING_REFUSED = 8

/**
 * Refuses the first request of each connection beyond the limit with `connections_full`, unless it comes from an agent
 * of this process. When too many of those connections are open, the oldest is closed.
 */
export function limitConnections (app: FastifyInstance, { clients, own }: ConnectionLimits, isOwn: OwnCheck): void {
  const admitted = new Set<Socket>()
  /** Beyond the limit, before their first request; oldest first. */
  const excess = new Set<Socket>()

  function admit (socket: Socket): void {
    admitted.add(socket)
    socket.once('close', () => admitted.delete(socket))
  }

  app.server.on('connection', socket => {
    if (admitted.size < clients) return admit(socket)
    const [oldest] = excess
    if (oldest !== undefined && excess.size >= own + BEING_REFUSED) oldest.destroy()
    excess.add(socket)
    socket.once('close', () => excess.delete(socket))
  })

  app.addHook('onRequest', ({ raw }, reply, done) => {
    const { socket } = raw
    if (excess.size === 0 || !excess.has(socket)) return done()
    const isOwnAgent = isOwn(raw)
    if (!isOwnAgent && admitted.size >= clients) {
      reply.header('connection', 'close')
      return done(domainError('connections_full'))
    }
    excess.delete(socket)
    // Own agents never open more connections than their share.
    if (!isOwnAgent) admit(socket)
    done()
  })
}
