import type { FastifyReply, FastifyRequest } from 'fastify'
import { NO_WAIT, type WaitOptions } from '../core/orchestrator/waiters.js'
import { MAX_WAIT_S } from './schemas/common.js'

/** RFC 7240: `wait=10` among other preferences, perhaps quoted. */
const PREFERRED_WAIT = /(?:^|[,;])\s*wait\s*=\s*(?:(\d{1,9})|"(\d{1,9})")\s*(?=[,;]|$)/i

const patient = new WeakSet<FastifyReply>()

/**
 * The patience of a request that may wait `waitS` seconds; it is over when its connection closes.
 * Watching the connection begins where somebody really waits: a busy agent always finds work at once.
 */
export function waitOptionsOf (waitS: number, reply: FastifyReply): WaitOptions {
  if (waitS <= 0) return NO_WAIT
  let gone: AbortSignal | undefined
  return {
    waitMs: waitS * 1000,
    get signal () {
      gone ??= leaving(reply)
      return gone
    }
  }
}

function leaving (reply: FastifyReply): AbortSignal {
  patient.add(reply)
  const closed = new AbortController()
  if (reply.raw.destroyed) closed.abort()
  else reply.raw.once('close', () => closed.abort())
  return closed.signal
}

/**
 * How long a client prefers to wait (`Prefer: wait=N`), in seconds, cut to the longest wait; 0
 * when it does not say. Says in the answer that the preference was heard.
 */
export function preferredWait (request: FastifyRequest, reply: FastifyReply): number {
  const [, plain, quoted] = PREFERRED_WAIT.exec(String(request.headers['prefer'] ?? '')) ?? []
  const asked = plain ?? quoted
  if (asked === undefined) return 0
  const waitS = Math.min(Number(asked), MAX_WAIT_S)
  reply.header('preference-applied', `wait=${waitS}`)
  return waitS
}

/** Whether the answer was held back because its client wanted it so. */
export function hasWaited (reply: FastifyReply): boolean {
  return patient.has(reply)
}
