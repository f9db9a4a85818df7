import type { ClientClock } from './clock.js'
import { CONNECTION_FAILED, LonghandError } from './error.js'

/** For how long a server may be silent, in ms. A stream has a comment every 15 s. */
export const SILENT_MS = 45_000

export interface Transport {
  readonly fetch: typeof globalThis.fetch
  readonly headers: Readonly<Record<string, string>>
  readonly clock: ClientClock
}

export interface Outgoing {
  readonly url: string
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal | undefined
  /** For how long the server may be silent before it answers, in ms; default `SILENT_MS`. */
  readonly silentMs?: number
}

/** A request whose answer has begun. */
export interface Exchange {
  readonly response: Response
  /** The next piece of the body; null at its end. @throws `connection_failed`, or the reason of the signal */
  read (): Promise<Uint8Array | null>
  /** Closes the connection unless the body has been read to its end. */
  close (): void
}

/** @throws `connection_failed`, or the reason of the signal */
export async function exchange (transport: Transport, request: Outgoing): Promise<Exchange> {
  const { url, method = 'GET', body, signal, silentMs = SILENT_MS } = request
  // Headers that cannot be sent are an error of the caller, not of the network.
  const headers = new Headers({ ...transport.headers, ...request.headers })
  signal?.throwIfAborted()
  const closing = new AbortController()
  signal?.addEventListener('abort', close)

  function close (): void {
    signal?.removeEventListener('abort', close)
    closing.abort()
  }

  /** Waits for the network until the signal is aborted, or the server has been silent for too long. */
  async function wait<T> (start: () => Promise<T>, limitMs: number): Promise<T> {
    let silence: Error | undefined
    const cancel = transport.clock.after(limitMs, () => {
      silence = new Error(`nothing for ${limitMs / 1000} s`)
      closing.abort()
    })
    try {
      return await start()
    } catch (error) {
      close()
      signal?.throwIfAborted()
      const cause = silence ?? error
      throw new LonghandError(CONNECTION_FAILED, `No answer from ${url}: ${reasonOf(cause)}`, { cause })
    } finally {
      cancel()
    }
  }

  const response = await wait(() => transport.fetch(url, {
    method, headers, signal: closing.signal, ...body === undefined ? {} : { body }
  }), silentMs)
  const reader = response.body?.getReader()
  return {
    response,
    read: () => wait(async () => (await reader?.read())?.value ?? null, SILENT_MS),
    close
  }
}

/** The rest of the body. */
export async function textOf ({ read }: Exchange): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for (let piece = await read(); piece !== null; piece = await read()) text += decoder.decode(piece, { stream: true })
  return text + decoder.decode()
}

/** Browsers and Node give the reason of a failed `fetch` as its cause, if at all. */
function reasonOf (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause, message } = error
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}
