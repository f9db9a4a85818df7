import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Orchestrator } from '../../../core/orchestrator/orchestrator.js'
import type { RateLimit } from '../../../core/orchestrator/rate-limit.js'
import { counted } from '../../errors.js'
import type { ClaimedTask } from '../../../core/store.js'

/** Takes claims back whose answers did not leave: best effort, for a lease ends by itself. */
export interface Undo {
  /** The answer hands these out; call before it is sent. */
  track (reply: FastifyReply, tasks: readonly ClaimedTask[]): void
}

/**
 * Watches connections and not answers: an agent's connection carries thousands, and a listener for
 * each would cost more than the answer. Fastify's own end of an answer says which ones left.
 */
export function createClaimUndo (
  app: FastifyInstance, { orchestrator, throttle }: { orchestrator: Pick<Orchestrator, 'release'>, throttle: RateLimit }
): Undo {
  /** What answers on their way hand out, by connection. */
  const open = new WeakMap<Socket, Map<FastifyReply, readonly ClaimedTask[]>>()

  function release (tasks: readonly ClaimedTask[]): void {
    const leases = tasks.map(({ id, lease }) => ({ task: id, lease }))
    orchestrator.release(leases).catch((err: unknown) => throttle.log('undo', more =>
      app.log.warn({ err, leases, ...counted(more) }, 'A claim could not be undone; its lease ends by itself')))
  }

  function answersOn (socket: Socket): Map<FastifyReply, readonly ClaimedTask[]> {
    let answers = open.get(socket)
    if (answers === undefined) {
      const fresh = answers = new Map<FastifyReply, readonly ClaimedTask[]>()
      open.set(socket, answers)
      socket.once('close', () => {
        for (const tasks of fresh.values()) release(tasks)
        fresh.clear()
      })
    }
    return answers
  }

  app.addHook('onResponse', (request, reply, done) => {
    // Not after an error: then the end of the connection is still to come.
    if (reply.raw.writableFinished) open.get(request.raw.socket)?.delete(reply)
    done()
  })

  return {
    track (reply, tasks) {
      if (reply.raw.destroyed) release(tasks)
      else answersOn(reply.request.raw.socket).set(reply, tasks)
    }
  }
}
