import type { IncomingMessage } from 'node:http'
import { getHeapStatistics } from 'node:v8'
import { domainError } from '../../core/errors.js'

/** What bodies on their way may take. */
export interface IncomingLimits {
  /** Of large bodies, over all connections. One is always let through. */
  readonly bytes: number
  /** Up to so much of each body needs no room. */
  readonly free: number
}

export const INCOMING_LIMITS: IncomingLimits = {
  // 16 MiB of a heap of 256 MiB: a body takes up to twice its length on the way, and again as much as a text.
  bytes: Math.min(256 * 1024 * 1024, getHeapStatistics().heap_size_limit / 16),
  free: 16 * 1024
}

const NOTHING = Buffer.alloc(0)

/** The bodies that are being read. */
export interface Incoming {
  /**
   * Reads a body to its end and calls back with its text. One of more than `free` bytes waits for room first, and its
   * connection is not read meanwhile; what does not arrive in time is ended with its connection.
   *
   * @param limit longer bodies are refused
   * @param isFirst whether it needs no room; asked of large ones only
   */
  read (
    request: IncomingMessage, limit: number, isFirst: () => boolean, done: (error: Error | null, text: string) => void
  ): void
}

export function createIncoming ({ bytes: most, free }: IncomingLimits = INCOMING_LIMITS): Incoming {
  const waiting = new Map<IncomingMessage, { readonly bytes: number, readonly admit: () => void }>()
  let total = 0

  function fits (bytes: number): boolean {
    return total === 0 || total + bytes <= most
  }

  function release (bytes: number): void {
    total -= bytes
    for (const [next, { bytes: wanted, admit }] of waiting) {
      if (!fits(wanted)) return
      waiting.delete(next)
      total += wanted
      admit()
    }
  }

  return {
    read (request, limit, isFirst, done) {
      const declared = Number(request.headers['content-length'])
      if (declared > limit) return done(domainError('body_too_large', { limit }), '')
      /** All that it may become, so that none that has room ever waits for more. */
      const whole = Number.isNaN(declared) ? limit : declared
      let body: Buffer = NOTHING
      let length = 0
      let held = 0
      let hasRoom = whole <= free || isFirst()

      function takeRoom (): void {
        hasRoom = true
        if (waiting.size === 0 && fits(whole)) {
          total += whole
          held = whole
          return
        }
        request.pause()
        waiting.set(request, {
          bytes: whole,
          admit () {
            held = whole
            request.resume()
          }
        })
      }

      function onData (chunk: Buffer): void {
        const before = length
        length += chunk.length
        if (length > limit) return finish(domainError('body_too_large', { limit }))
        if (before === 0) {
          body = chunk
        } else {
          // A client may send each byte alone, and a chunk of one takes a hundred.
          if (length > body.length) {
            const larger = Buffer.allocUnsafe(Math.min(Math.max(2 * body.length, length), whole))
            body.copy(larger, 0, 0, before)
            body = larger
          }
          chunk.copy(body, before)
        }
        if (!hasRoom && length > free) takeRoom()
      }

      function onEnd (): void {
        finish(null)
      }

      function finish (error: Error | null): void {
        request.off('data', onData).off('end', onEnd).off('error', finish)
        waiting.delete(request)
        if (held > 0) release(held)
        const text = error === null ? body.toString('utf8', 0, length) : ''
        body = NOTHING
        done(error, text)
      }

      request.on('data', onData).on('end', onEnd).on('error', finish)
      request.resume()
    }
  }
}
