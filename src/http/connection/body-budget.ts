import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { getHeapStatistics } from 'node:v8'
import { domainError } from '../../core/errors.js'
import { createBudget } from './budget.js'

/** How much memory request bodies may take while they arrive. */
export const BODY_BUDGET_LIMITS = {
  /**
   * Of large bodies, over all connections; one is always admitted. 16 MiB of a heap of 256 MiB: a body takes up to
   * twice its length while it arrives, and as much again as a text.
   */
  bytes: Math.min(256 * 1024 * 1024, getHeapStatistics().heap_size_limit / 16),
  /** Bodies up to this many bytes are not counted. */
  free: 16 * 1024
}

export type BodyBudgetLimits = Readonly<typeof BODY_BUDGET_LIMITS>

const NOTHING = Buffer.alloc(0)

export type BodyBudget = ReturnType<typeof createBodyBudget>

/** Reads request bodies within a budget. */
export function createBodyBudget ({ bytes, free }: BodyBudgetLimits = BODY_BUDGET_LIMITS) {
  const budget = createBudget<Readable>(bytes)

  return {
    /**
     * Reads a body to its end and calls back with its text. One of more than `free` bytes waits until it fits the
     * budget, and its connection is not read meanwhile; a body that does not arrive in time ends with its connection.
     *
     * @param payload the request itself, or what a hook of a foreign app makes of its body
     * @param limit in bytes; longer bodies are refused
     * @param isExempt whether the budget does not count it; called for large bodies only
     */
    read (
      request: IncomingMessage, payload: Readable, limit: number, isExempt: () => boolean,
      done: (error: Error | null, text: string) => void
    ): void {
      const declared = Number(request.headers['content-length'])
      if (declared > limit) return done(domainError('body_too_large', { limit }), '')
      /** All that the body may become: a body that was admitted never waits again. */
      const whole = Number.isNaN(declared) || payload !== request ? limit : declared
      let body: Buffer = NOTHING
      let length = 0
      let isCounted = whole <= free || isExempt()

      function onData (data: Buffer | string): void {
        const chunk = typeof data === 'string' ? Buffer.from(data) : data
        const before = length
        length += chunk.length
        if (length > limit) return finish(domainError('body_too_large', { limit }))
        if (before === 0) {
          body = chunk
        } else {
          // A client may send each byte alone, and a chunk of one byte takes a hundred.
          if (length > body.length) {
            const larger = Buffer.allocUnsafe(Math.min(Math.max(2 * body.length, length), whole))
            body.copy(larger, 0, 0, before)
            body = larger
          }
          chunk.copy(body, before)
        }
        if (!isCounted && length > free) {
          isCounted = true
          if (!budget.acquire(payload, whole, () => payload.resume())) payload.pause()
        }
      }

      function onEnd (): void {
        finish(null)
      }

      function onClose (): void {
        finish(domainError('body_invalid', { reason: 'the connection closed before its end' }))
      }

      function finish (error: Error | null): void {
        payload.off('data', onData).off('end', onEnd).off('error', finish).off('close', onClose)
        request.off('error', finish)
        budget.release(payload)
        const text = error === null ? body.toString('utf8', 0, length) : ''
        body = NOTHING
        done(error, text)
      }

      payload.on('data', onData).on('end', onEnd).on('error', finish).on('close', onClose)
      if (payload !== request) {
        // A stream that the request is piped into neither ends nor fails with it.
        request.on('error', finish)
        // It may still fail after it was refused.
        payload.on('error', () => {})
        if (request.destroyed && !request.complete) return onClose()
      }
      payload.resume()
    }
  }
}
