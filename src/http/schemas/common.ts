import { type SchemaOptions, type TSchema, Type } from '@sinclair/typebox'
import type { ErrorCode } from '../../core/errors.js'

/** The longest wait that a request can ask for, in seconds. */
export const MAX_WAIT_S = 60

declare module '@sinclair/typebox' {
  interface SchemaOptions {
    'x-error-code'?: ErrorCode
  }
}

/** The error of a request in which this part is invalid, instead of `body_invalid` or `query_invalid`. */
export function refusedAs (code: ErrorCode): { 'x-error-code': ErrorCode } {
  return { 'x-error-code': code }
}

/** A type name and null: a union of two schemas would make the serialiser try one after the other. */
export function Nullable<T extends 'number' | 'string'> (type: T, options: SchemaOptions = {}) {
  return Type.Unsafe<(T extends 'number' ? number : string) | null>({ ...options, type: [type, 'null'] })
}

/** What JSON.stringify is given, which leaves out members that are undefined. */
export type Written<T> = { readonly [Key in keyof T]: T[Key] | undefined }

/** An id: an integer from 1 up. */
export function Id (options: SchemaOptions = {}) {
  return Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, examples: [1], ...options })
}

export const Timestamp = Type.String({
  format: 'date-time', description: 'RFC 3339, UTC', examples: ['2026-01-31T12:00:00.000Z']
})

/** The last time that was written, in whole ms, with its text; and the text of its second, up to the milliseconds. */
let last = { ms: NaN, text: '' }
let second = { at: NaN, text: '' }

/**
 * RFC 3339 from ms since the epoch, without fractions of them. Operations that are claimed or reported together have
 * the same times: with the text of each written anew, they took a quarter of the time of an event of operations, and
 * made most of its garbage.
 *
 * @throws {RangeError} for a time that no Date has
 */
export function timestamp (time: number): string {
  const ms = Math.trunc(time)
  if (ms === last.ms) return last.text
  const at = Math.floor(ms / 1000)
  if (at !== second.at) second = { at, text: new Date(ms).toISOString().slice(0, -'000Z'.length) }
  last = { ms, text: `${second.text}${String(ms - 1000 * at).padStart(3, '0')}Z` }
  return last.text
}

export const WaitSeconds = Type.Number({
  minimum: 0,
  maximum: MAX_WAIT_S,
  description: 'Maximum time to wait before the response, in seconds; may have a fraction. Default: respond at once.',
  examples: [30]
})

/** A response without a body. (`null` would be written as one.) */
export function Empty (description: string) {
  return Type.Unsafe<undefined>({ type: 'null', description })
}

/** A schema with the description that OpenAPI requires of each response. */
export function withDescription<T extends TSchema> (description: string, schema: T): T {
  return { ...schema, description }
}
