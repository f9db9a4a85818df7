/** Where a follower of changes is. */
export interface Cursor {
  /** The life of the queue whose revision it is. */
  readonly life: string
  /** The id of the expression that is followed; 'list' for the list. */
  readonly of: number | 'list'
  readonly revision: number
  /** Within a start: the index of the next operation, or in the list the last id. */
  readonly next: number | null
}

const PATTERN = /^([A-Za-z0-9._~-]{1,64}):(list|\d{1,15}):(\d{1,15})(?::(\d{1,15}))?$/

export function writeCursor ({ life, of, revision, next }: Cursor): string {
  return next === null ? `${life}:${of}:${revision}` : `${life}:${of}:${revision}:${next}`
}

/** Null for a text that is no cursor of a queue: clients send it back. */
export function readCursor (text: string | null): Cursor | null {
  const [, life, of, revision, next] = PATTERN.exec(text ?? '') ?? []
  if (life === undefined) return null
  return {
    life,
    of: of === 'list' ? of : Number(of),
    revision: Number(revision),
    next: next === undefined ? null : Number(next)
  }
}
