import { type Session, parsed } from './calls.js'
import { pause } from './clock.js'
import { ANSWER_INVALID, CONNECTION_FAILED, LonghandError, isTransient, refusalOf } from './error.js'
import { createEventStreamParser } from './event-stream.js'
import { type Exchange, exchange, textOf } from './exchange.js'
import { delayMs } from './retry.js'
import type { ChangeReader } from './state.js'

export interface WatchOptions<Update> {
  /** Ends the iteration with its reason, and closes the connection at once. */
  readonly signal?: AbortSignal | undefined
  /** An update of an earlier iteration, after which this one goes on. */
  readonly after?: Update | undefined
  /** Called each time the server has accepted the connection; no update comes before something changes. */
  readonly onConnect?: (() => void) | undefined
  /** Called when the connection is lost or cannot be made, and the client will try again in so many ms. */
  readonly onReconnect?: ((reason: LonghandError, delayMs: number) => void) | undefined
}

export interface Watch<Data, Update> {
  readonly url: string
  readonly read: ChangeReader<Data, Update>
  readonly options: WatchOptions<Update>
}

/** Where a reader is; survives its connections. */
interface Place {
  cursor: string
  /** Those in a row. */
  failures: number
  /** Whether the server has ever sent a message. */
  hasBegun: boolean
  /** Upper bound of the delay after the first failure in a row, in ms. */
  baseMs: number
}

/**
 * The updates of a stream, over as many connections as it takes. An iteration that has begun goes on until the stream
 * ends; before, it fails like any other request.
 *
 * @throws {LonghandError} when the server refuses the stream or cannot be reached, or the reason of the signal
 */
export function watch<Data, Update extends { readonly cursor: string }> (
  session: Session, { url, read, options }: Watch<Data, Update>
): AsyncIterableIterator<Update> {
  const place = { cursor: options.after?.cursor ?? '', failures: 0, hasBegun: false, baseMs: session.retry.baseMs }

  return closable(options.signal, async function * (signal) {
    for (;;) {
      try {
        const connection = await connect(session, url, place.cursor, signal)
        if (connection === null) return
        options.onConnect?.()
        if (yield * updatesOf(connection, read, place, url, signal)) return
        throw new LonghandError(CONNECTION_FAILED, `${url} has closed the connection`)
      } catch (error) {
        signal.throwIfAborted()
        const isOver = !isTransient(error) || (!place.hasBegun && place.failures >= session.retry.retries)
        if (isOver) throw error
        const ms = delayMs({ ...session.retry, baseMs: place.baseMs }, place.failures++, session.random, error)
        options.onReconnect?.(error, ms)
        await pause(session.clock, ms, signal)
      }
    }
  })
}

/** The stream after the cursor; null when it has ended. */
async function connect (
  session: Session, url: string, cursor: string, signal: AbortSignal
): Promise<Exchange | null> {
  // Any other text would not be one of the server; without a cursor, the stream starts anew.
  const isSendable = /^[\x21-\x7e]+$/.test(cursor)
  const headers = { accept: 'text/event-stream', ...isSendable && { 'last-event-id': cursor } }
  const connection = await exchange(session, { url, signal, headers })
  const { response } = connection
  const isStream = /^text\/event-stream\s*(;|$)/i.test(response.headers.get('content-type') ?? '')
  if (response.status === 200 && isStream) return connection
  try {
    if (response.status === 204) return null
    if (!response.ok) throw refusalOf(response, await textOf(connection))
    throw new LonghandError(ANSWER_INVALID, `The answer from ${url} is not a stream of events`, response)
  } finally {
    connection.close()
  }
}

/** Answers whether the stream has ended, rather than its connection. */
async function * updatesOf<Data, Update> (
  connection: Exchange, read: ChangeReader<Data, Update>, place: Place, url: string, signal: AbortSignal
): AsyncGenerator<Update, boolean, undefined> {
  const parser = createEventStreamParser()
  try {
    for (let bytes = await connection.read(); bytes !== null; bytes = await connection.read()) {
      for (const { type, data, lastEventId } of parser.push(bytes)) {
        place.hasBegun = true
        place.failures = 0
        if (type === 'end') return true
        if (type !== 'start' && type !== 'change') continue
        const update = read({ type, cursor: lastEventId, data: parsed<Data>(data, url) })
        if (lastEventId !== '') place.cursor = lastEventId
        if (update !== null) yield update
        signal.throwIfAborted()
      }
      place.baseMs = parser.retryMs ?? place.baseMs
    }
    return false
  } finally {
    connection.close()
  }
}

/**
 * An iterator whose `return` takes effect at once, as does the signal. That of a generator waits for a pending `next`,
 * here for the next message.
 */
function closable<T> (
  signal: AbortSignal | undefined, generate: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>
): AsyncIterableIterator<T> {
  const closing = new AbortController()
  const abort = (): void => closing.abort(signal?.reason)
  const items = generate(closing.signal)
  let isClosed = false

  function end (): IteratorReturnResult<undefined> {
    signal?.removeEventListener('abort', abort)
    return { done: true, value: undefined }
  }

  return {
    async next () {
      if (signal?.aborted === true) abort()
      else signal?.addEventListener('abort', abort)
      try {
        const item = await items.next()
        return item.done === true || isClosed ? end() : item
      } catch (error) {
        end()
        if (isClosed) return { done: true, value: undefined }
        throw error
      }
    },

    async return () {
      isClosed = true
      closing.abort()
      await items.return()
      return end()
    },

    [Symbol.asyncIterator] () {
      return this
    }
  }
}
