import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { domainError } from '../../core/errors.js'
import type { Follower } from '../../core/orchestrator/feed.js'
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
  if (accept !== undefined && accept.trim() !== '' && !accept.split(',').some(admitsEventStream)) {
    throw domainError('not_acceptable', { available: EVENT_STREAM })
  }
}

/** A media range of an Accept header (RFC 9110, section 12.5.1). */
const ACCEPTED = /^\s*(?:\*\/\*|text\/\*|text\/event-stream)\s*(?:;|$)/i
const REFUSED = /;\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)/i

function admitsEventStream (range: string): boolean {
  return ACCEPTED.test(range) && !REFUSED.test(range)
}

/** The id of the last event that the client has; null for none. An EventSource sends the header when it reconnects. */
export function lastEventOf ({ headers }: FastifyRequest, after: string | undefined): string | null {
  const header = headers['last-event-id']
  return (typeof header === 'string' && header !== '' ? header : after) ?? null
}

/** The headers of a stream, for GET and HEAD. */
export function asEventStream (reply: FastifyReply): FastifyReply {
  return reply.type(EVENT_STREAM)
    .header('cache-control', 'no-store')
    // A proxy would collect events before it passes them on.
    .header('x-accel-buffering', 'no')
    // The server that drains ends the stream, and does not wait for a client that keeps the connection.
    .header('connection', 'close')
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
