import { FormatRegistry, type StringOptions, Type } from '@sinclair/typebox'

export const TEXT_FORMAT = 'text'

/** The reason when a text does not match it. */
export const TEXT_RULE = 'expected well-formed Unicode without U+0000'

/** NUL, which PostgreSQL cannot store, and lone surrogates, which UTF-8 cannot encode. */
const NOT_STORABLE = /[\0\p{Cs}]/u

FormatRegistry.Set(TEXT_FORMAT, text => !NOT_STORABLE.test(text))

/**
 * A text that is stored, or compared with a stored one: every store returns it unchanged. The stores check
 * nothing, so each such text of a request has this schema.
 */
export function Text (options: StringOptions = {}) {
  return Type.String({ ...options, format: TEXT_FORMAT })
}
