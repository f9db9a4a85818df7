import { type Static, Type } from '@sinclair/typebox'

export const PROBLEM_TYPE = 'application/problem+json'

export const Problem = Type.Object({
  type: Type.String({
    description: 'Identifies the kind of problem and never changes: urn:longhand:error: and the code',
    examples: ['urn:longhand:error:unexpected_end']
  }),
  title: Type.String({ description: 'The code in words', examples: ['Unexpected end'] }),
  status: Type.Integer({ description: 'The HTTP status', examples: [422] }),
  detail: Type.String({ description: 'What is wrong in this case', examples: ['Unexpected end of the expression'] }),
  code: Type.String({ examples: ['unexpected_end'] }),
  position: Type.Optional(Type.Integer({
    description: 'Position in the expression, in UTF-16 units from 0', examples: [2]
  })),
  length: Type.Optional(Type.Integer({ description: 'Length in UTF-16 units', examples: [1] }))
}, { title: 'Problem', description: 'RFC 9457 problem details' })

export type Problem = Static<typeof Problem>

/** The 503 of a route that submits work, and of one that submits none. */
export const SUBMIT_UNAVAILABLE =
  'Shutting down, too much unfinished work, or the store is unavailable; Retry-After says when to retry'
export const UNAVAILABLE = 'The store is unavailable; Retry-After says when to retry'

/** The problem responses of a route. @param reasons the description of each status */
export function problems (reasons: Readonly<Record<number, string>>): Record<number, ProblemAnswer> {
  return Object.fromEntries(Object.entries(reasons).map(([status, description]) =>
    [status, { description, content: { [PROBLEM_TYPE]: { schema: Problem } } }]))
}

interface ProblemAnswer {
  readonly description: string
  readonly content: Record<string, { readonly schema: typeof Problem }>
}
