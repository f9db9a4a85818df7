import { type SchemaOptions, type TSchema, Type } from '@sinclair/typebox'
import type { ErrorCode } from '../../core/errors.js'

/** The longest wait that a request can ask for, in seconds. */
export const MAX_WAIT_S = 60

/**
 * Says which error a request gets when this part of it does not fit, instead of `body_invalid` or
 * `query_invalid`; `validation.ts` reads it.
 */
export function refusedAs (code: ErrorCode): { 'x-error-code': ErrorCode } {
  return { 'x-error-code': code }
}

/** A type name and null: a union of two schemas would be written by trial and error. */
export function Nullable<T extends 'number' | 'string'> (type: T, options: SchemaOptions = {}) {
  return Type.Unsafe<(T extends 'number' ? number : string) | null>({ ...options, type: [type, 'null'] })
}

/** The shape of every positive integer that names something. */
export function Id (options: SchemaOptions = {}) {
  return Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, examples: [1], ...options })
}

export const Timestamp = Type.String({
  format: 'date-time', description: 'RFC 3339, UTC', examples: ['2026-01-31T12:00:00.000Z']
})

export const WaitSeconds = Type.Number({
  minimum: 0,
  maximum: MAX_WAIT_S,
  description: 'How long the answer may be held back, in seconds; fractions are fine. Without it, not at all.',
  examples: [30]
})

/** An answer without a body. (`null` would be written as one.) */
export function Empty (description: string) {
  return Type.Unsafe<undefined>({ type: 'null', description })
}

/** A schema with the sentence that OpenAPI wants for the answer as a whole. */
export function answer<T extends TSchema> (description: string, schema: T): T {
  return { ...schema, description }
}

/** RFC 3339 from ms since the epoch. */
export function timestamp (ms: number): string {
  return new Date(ms).toISOString()
}
