/** Where a follower of changes is. */
export interface Cursor {
  /** The life of the queue whose revision it is. */
  readonly life: string
  readonly revision: number
  /** Within a start: the index of the next operation, or in the list the last id. */
  readonly next: number | null
}

const PATTERN = /^([A-Za-z0-9._~-]{1,64}):(\d{1,15})(?::(\d{1,15}))?$/

export function writeCursor ({ life, revision, next }: Cursor): string {
  return next === null ? `${life}:${revision}` : `${life}:${revision}:${next}`
}

/** Null for a text that is no cursor of a queue: clients send it back. */
export function readCursor (text: string | null): Cursor | null {
  const [, life, revision, next] = PATTERN.exec(text ?? '') ?? []
  if (life === undefined) return null
  return { life, revision: Number(revision), next: next === undefined ? null : Number(next) }
}
