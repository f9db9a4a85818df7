import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Orchestrator } from '../../../core/orchestrator/orchestrator.js'
import type { RateLimit } from '../../../core/orchestrator/rate-limit.js'
import { moreField } from '../../errors.js'
import type { ClaimedTask } from '../../../core/store.js'

/**
 * Releases claimed tasks whose response could not be sent: best effort, because their leases expire anyway.
 *
 * Listens once for each connection and not for each response: an agent's connection carries thousands, and a listener
 * would cost more than the response. Fastify's onResponse hook tells which responses were sent.
 */
export function createClaimUndo (
  app: FastifyInstance, { orchestrator, throttle }: { orchestrator: Pick<Orchestrator, 'release'>, throttle: RateLimit }
) {
  /** The tasks in responses that are being sent, by connection. */
  const pending = new WeakMap<Socket, Map<FastifyReply, readonly ClaimedTask[]>>()

  function release (tasks: readonly ClaimedTask[]): void {
    const leases = tasks.map(({ id, lease }) => ({ task: id, lease }))
    orchestrator.release(leases).catch((err: unknown) => throttle.log('undo', more =>
      app.log.warn({ err, leases, ...moreField(more) }, 'Could not undo a claim; its leases will expire')))
  }

  function responsesOn (socket: Socket): Map<FastifyReply, readonly ClaimedTask[]> {
    let responses = pending.get(socket)
    if (responses === undefined) {
      const created = responses = new Map<FastifyReply, readonly ClaimedTask[]>()
      pending.set(socket, responses)
      socket.once('close', () => {
        for (const tasks of created.values()) release(tasks)
        created.clear()
      })
    }
    return responses
  }

  app.addHook('onResponse', (request, reply, done) => {
    // Unfinished after an error: the close of the connection follows.
    if (reply.raw.writableFinished) pending.get(request.raw.socket)?.delete(reply)
    done()
  })

  return {
    /** Call before the response with these tasks is sent. */
    track (reply: FastifyReply, tasks: readonly ClaimedTask[]): void {
      if (reply.raw.destroyed) release(tasks)
      else responsesOn(reply.request.raw.socket).set(reply, tasks)
    }
  }
}
