/** The codes of the client itself. All others are those of the server's errors. */
export const CONNECTION_FAILED = 'connection_failed'
export const ANSWER_INVALID = 'answer_invalid'

/** What a proxy in front of the server answers while the server is away, and what the server answers itself. */
const TRANSIENT: ReadonlySet<number> = new Set([502, 503, 504])

export interface ErrorDetails {
  readonly status?: number | undefined
  readonly position?: number | undefined
  readonly length?: number | undefined
  readonly retryAfterS?: number | undefined
  readonly cause?: unknown
}

/** A refusal of the server, or no answer from it. */
export class LonghandError extends Error {
  override readonly name = 'LonghandError'

  /**
   * The `code` of the problem document; `connection_failed` when there is no answer (`cause` has the reason);
   * `answer_invalid` for an answer that is not one of the API, such as a page of a proxy.
   */
  readonly code: string

  /** The HTTP status; undefined when there is no answer. */
  readonly status: number | undefined

  /** Where the error is in the expression, in UTF-16 units from 0; undefined for other errors. */
  readonly position: number | undefined

  /** In UTF-16 units. */
  readonly length: number | undefined

  /** After how many seconds the server wants to be asked again. */
  readonly retryAfterS: number | undefined

  constructor (code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause })
    this.code = code
    this.status = details.status
    this.position = details.position
    this.length = details.length
    this.retryAfterS = details.retryAfterS
  }
}

/** Whether the same request may succeed later. */
export function isTransient (error: unknown): error is LonghandError {
  if (!(error instanceof LonghandError)) return false
  return error.status === undefined ? error.code === CONNECTION_FAILED : TRANSIENT.has(error.status)
}

/** The error that an answer of 300 or more stands for. @param text its body */
export function refusalOf ({ status, headers }: Pick<Response, 'status' | 'headers'>, text: string): LonghandError {
  const { code, detail, position, length } = problemIn(text)
  const after = headers.get('retry-after') ?? ''
  return new LonghandError(
    typeof code === 'string' ? code : ANSWER_INVALID,
    typeof detail === 'string' ? detail : `The answer has the status ${status} and is not one of Longhand`,
    {
      status,
      position: typeof position === 'number' ? position : undefined,
      length: typeof length === 'number' ? length : undefined,
      retryAfterS: /^\d{1,9}$/.test(after) ? Number(after) : undefined
    }
  )
}

/** The members of a problem document (RFC 9457); none for any other text. */
function problemIn (text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
