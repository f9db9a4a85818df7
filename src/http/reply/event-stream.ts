import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { domainError } from '../../core/errors.js'
import type { Follower } from '../../core/orchestrator/feed.js'
import { accepts } from './negotiation.js'
import { noteWait } from '../request/wait-options.js'
import { END_ID, EVENT_STREAM } from '../schemas/events.js'

/** An item of a feed, as far as the stream needs it. */
interface Item {
  readonly cursor: string
  readonly isStart: boolean
}

/** Writes the data of an item's event. */
export type EventData<T> = (item: T) => object

/**
 * Writes events of items. All followers that get the same item share one buffer.
 *
 * @param dataOf returns the data of an item's event
 */
export function createEventWriter<T extends Item> (dataOf: EventData<T>): (item: T) => Buffer {
  const written = new WeakMap<T, Buffer>()
  return item => {
    let event = written.get(item)
    if (event === undefined) {
      event = Buffer.from(eventOf(item.isStart ? 'start' : 'change', item.cursor, dataOf(item)))
      written.set(item, event)
    }
    return event
  }
}

function eventOf (name: string, id: string, data: object): string {
  return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}

const COMMENT = ': idle\n\n'

/** @throws `not_acceptable` unless the client takes event streams */
export function requireEventStream ({ headers: { accept } }: FastifyRequest): void {
  if (!accepts(accept, EVENT_STREAM)) throw domainError('not_acceptable', { available: EVENT_STREAM })
}

/** The id of the last event that the client has; null for none. An EventSource sends the header when it reconnects. */
export function lastEventOf ({ headers }: FastifyRequest, after: string | undefined): string | null {
  const header = headers['last-event-id']
  return (typeof header === 'string' && header !== '' ? header : after) ?? null
}

/** The headers of a stream, for GET and HEAD. */
export function asEventStream (reply: FastifyReply): FastifyReply {
  // Otherwise a server that closes would wait for the connection to be idle for long enough. HTTP/2 has no such header.
  if (reply.request.raw.httpVersionMajor === 1) reply.header('connection', 'close')
  // A proxy would collect events before it passes them on.
  return reply.type(EVENT_STREAM).header('cache-control', 'no-store').header('x-accel-buffering', 'no')
}

/**
 * Sends what the follower gets, each message when the client has taken the one before. The follower leaves when the
 * connection ends.
 *
 * @param endOf returns the data of the last event
 */
export function sendEvents<T extends Item> (
  reply: FastifyReply, follower: Follower<T>, write: (item: T) => Buffer, endOf: () => object
): FastifyReply {
  async function pull (stream: Readable): Promise<void> {
    const message = await follower.next()
    if (message.type === 'idle') stream.push(COMMENT)
    if (message.type === 'item' && message.item !== null) stream.push(write(message.item))
    const isLast = message.type === 'item' && message.isLast
    if (isLast) stream.push(eventOf('end', END_ID, endOf()))
    if (isLast || message.type === 'closed') stream.push(null)
  }
  const stream = new Readable({
    // Reads when the event before is taken, and not ahead.
    highWaterMark: 1,
    read () {
      // Fastify has set them, and Node would send them with the first event. They tell the client that it is connected.
      if (!reply.raw.headersSent) reply.raw.flushHeaders()
      pull(this).catch(error => this.destroy(error))
    },
    destroy (error, done) {
      follower.leave()
      done(error)
    }
  })
  reply.raw.once('close', () => stream.destroy())
  noteWait(reply)
  return asEventStream(reply).send(stream)
}
