import type { FastifyInstance } from 'fastify'
import type { Clock } from '../core/clock.js'
import type { Orchestrator } from '../core/orchestrator/orchestrator.js'
import { closeExtraServers } from './connection/binding.js'
import { openConnections } from './connection/open-connections.js'

export interface DrainOptions {
  readonly orchestrator: Pick<Orchestrator, 'draining'>
  readonly clock: Pick<Clock, 'after'>
  /** How long close() lets requests in flight go on, in ms; asked when it begins. */
  readonly graceMs: () => number
}

/**
 * Makes close() end soon and break nothing: requests in flight get their answers, and each answer from then on closes
 * its connection. The plugin answers requests that wait.
 *
 * Node's own close() waits for keep-alive clients, and it treats a connection that never sent anything (browsers open
 * such ones ahead of need) as busy; Fastify can only close all of them, also in the middle of a request.
 */
export function drainOnClose (app: FastifyInstance, { orchestrator, clock, graceMs }: DrainOptions): void {
  const open = openConnections(app.server)
  let furtherClosed: Promise<void> | undefined
  let cancelLimit = (): void => {}

  app.addHook('preClose', done => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
    furtherClosed = closeExtraServers(app)
    // Closing the server also ends Node's own check for requests that are not sent to their end.
    cancelLimit = clock.after(graceMs(), () => app.server.closeAllConnections())
    done()
  })

  // After the server's own connections have ended.
  app.addHook('onClose', async () => {
    await furtherClosed
    cancelLimit()
  })

  app.addHook('onSend', (_request, reply, payload, done) => {
    if (orchestrator.draining) reply.header('connection', 'close')
    done(null, payload)
  })
}
