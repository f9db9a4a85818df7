import { FormatRegistry, type StringOptions, Type } from '@sinclair/typebox'

export const TEXT_FORMAT = 'text'

/** What a refusal says of it. */
export const TEXT_RULE = 'expected well-formed Unicode without U+0000'

/** NUL, which PostgreSQL cannot keep, and halves of surrogate pairs, which UTF-8 cannot. */
const NOT_KEPT = /[\0\p{Cs}]/u

FormatRegistry.Set(TEXT_FORMAT, text => !NOT_KEPT.test(text))

/**
 * A text that is kept, or compared with one that is: every store gives it back as it came. The stores rely on it and
 * have no rule of their own, so each such text of a request has this schema.
 */
export function Text (options: StringOptions = {}) {
  return Type.String({ ...options, format: TEXT_FORMAT })
}
