import type { FastifyReply, FastifyRequest } from 'fastify'
import { NO_WAIT, type WaitOptions } from '../../core/orchestrator/waiters.js'
import { MAX_WAIT_S } from '../schemas/common.js'

/** RFC 7240: `wait=10` among other preferences, possibly quoted. */
const PREFERRED_WAIT = /(?:^|[,;])\s*wait\s*=\s*(?:(\d{1,9})|"(\d{1,9})")\s*(?=[,;]|$)/i

const waited = new WeakSet<FastifyReply>()

/**
 * The wait options of a request that may wait `waitS` seconds, or until its connection closes. The connection is only
 * watched once the request waits: a busy agent gets its work at once.
 */
export function waitOptionsOf (waitS: number, reply: FastifyReply): WaitOptions {
  if (waitS <= 0) return NO_WAIT
  let gone: AbortSignal | undefined
  return {
    waitMs: waitS * 1000,
    get signal () {
      gone ??= closeSignal(reply)
      return gone
    }
  }
}

function closeSignal (reply: FastifyReply): AbortSignal {
  noteWait(reply)
  const closed = new AbortController()
  if (reply.raw.destroyed) closed.abort()
  else reply.raw.once('close', () => closed.abort())
  return closed.signal
}

/**
 * How long a client prefers to wait (`Prefer: wait=N`), in seconds, up to the longest wait; 0 without a preference.
 * Adds `Preference-Applied` to the response.
 */
export function preferredWait (request: FastifyRequest, reply: FastifyReply): number {
  const [, plain, quoted] = PREFERRED_WAIT.exec(String(request.headers['prefer'] ?? '')) ?? []
  const asked = plain ?? quoted
  if (asked === undefined) return 0
  const waitS = Math.min(Number(asked), MAX_WAIT_S)
  reply.header('preference-applied', `wait=${waitS}`)
  return waitS
}

/** Records that the response takes as long as its client wants. */
export function noteWait (reply: FastifyReply): void {
  waited.add(reply)
}

/** Whether the request waited because its client asked for it. */
export function hasWaited (reply: FastifyReply): boolean {
  return waited.has(reply)
}
