import type { FastifyInstance } from 'fastify'
import type { Orchestrator } from '../core/orchestrator/orchestrator.js'
import { closeExtraServers } from './connection/binding.js'
import { openConnections } from './connection/open-connections.js'

export interface DrainOptions {
  readonly orchestrator: Pick<Orchestrator, 'drain' | 'draining'>
  /** How long close() lets requests in flight go on, in ms; asked when it begins. */
  readonly graceMs: () => number
}

/**
 * Makes close() end soon and break nothing: parked polls are answered, requests in flight get
 * their answers, and each answer from then on closes its connection.
 *
 * Node's own close() waits for keep-alive clients, and it takes a connection that never sent
 * anything (browsers open such ones ahead of need) for a busy one; Fastify can only close all,
 * also in the middle of a request.
 */
export function drainOnClose (app: FastifyInstance, { orchestrator, graceMs }: DrainOptions): void {
  const open = openConnections(app.server)
  let furtherClosed: Promise<void> | undefined
  let limit: NodeJS.Timeout | undefined

  app.addHook('preClose', done => {
    orchestrator.drain()
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
    furtherClosed = closeExtraServers(app)
    // Closing the server also ends Node's own check for requests that never come to their end.
    limit = setTimeout(() => app.server.closeAllConnections(), graceMs())
    done()
  })

  // After the server's own connections have ended.
  app.addHook('onClose', async () => {
    await furtherClosed
    clearTimeout(limit)
  })

  app.addHook('onSend', (_request, reply, payload, done) => {
    if (orchestrator.draining) reply.header('connection', 'close')
    done(null, payload)
  })
}
