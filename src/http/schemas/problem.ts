import { type Static, Type } from '@sinclair/typebox'

export const PROBLEM_TYPE = 'application/problem+json'

export const Problem = Type.Object({
  type: Type.String({
    description: 'Names the kind of problem and never changes: urn:longhand:error: and the code',
    examples: ['urn:longhand:error:unexpected_end']
  }),
  title: Type.String({ description: 'The code, as people read it', examples: ['Unexpected end'] }),
  status: Type.Integer({ description: 'The HTTP status', examples: [422] }),
  detail: Type.String({ description: 'What is wrong this time', examples: ['Unexpected end of the expression'] }),
  code: Type.String({ examples: ['unexpected_end'] }),
  position: Type.Optional(Type.Integer({
    description: 'Where in the expression, in UTF-16 units from 0', examples: [2]
  })),
  length: Type.Optional(Type.Integer({ description: 'How many units from there', examples: [1] }))
}, { title: 'Problem', description: 'RFC 9457 problem details' })

export type Problem = Static<typeof Problem>

/** Of a route that only reads the state, or ends something. */
export const AWAY = 'The state cannot be read or kept right now; Retry-After says when to try again'

/** A route's problem answers: status → when it is given. */
export function problems (reasons: Readonly<Record<number, string>>): Record<number, ProblemAnswer> {
  return Object.fromEntries(Object.entries(reasons).map(([status, description]) =>
    [status, { description, content: { [PROBLEM_TYPE]: { schema: Problem } } }]))
}

interface ProblemAnswer {
  readonly description: string
  readonly content: Record<string, { readonly schema: typeof Problem }>
}
