import { type DomainError, domainError } from '../errors.js'
import { CALLABLE, type CallableDefinition } from '../operations.js'
import type { SourceRange } from './syntax.js'

/** Constants by name. A variable of the same name wins. */
export const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ['PI', Math.PI],
  ['E', Math.E],
  ['pi', Math.PI],
  ['e', Math.E],
  ['tau', 2 * Math.PI]
])

/** Features of other calculators that the language leaves out, by the names that users try. */
const UNSUPPORTED: ReadonlyArray<readonly [RegExp, string]> = [
  [/^(?:rand|rnd|random|randint)$/i, 'there are no random numbers, because an expression has one result'],
  [/^(?:D|[dD]\d+|dice|roll)$/, 'there are no dice, because an expression has one result'],
  [/^(?:concat|str|string|text|len|length|substr|substring)$/i, 'there are no strings, only numbers'],
  [/^(?:if|iif|then|else|and|or|not|xor|true|false)$/i, 'there are no conditions and no comparisons'],
  [/^(?:list|map|filter|fold|join|sum|avg|mean|median)$/i, 'there are no lists']
]

/** Functions and constants that other calculators call by another name. */
const OTHERWISE: ReadonlyMap<string, string> = new Map([
  ['ln', 'the natural logarithm is written log(x)'],
  ['lg', 'the logarithm to base 10 is written log10(x)'],
  ['lb', 'the logarithm to base 2 is written log2(x)'],
  ['ld', 'the logarithm to base 2 is written log2(x)'],
  ['mod', 'modulo is written x % y'],
  ['rem', 'modulo is written x % y'],
  ['div', 'an integer division is written floor(x / y)'],
  ['arcsin', 'it is written asin(x)'],
  ['arccos', 'it is written acos(x)'],
  ['arctan', 'it is written atan(x)'],
  ['sgn', 'it is written sign(x)'],
  ['root', 'a square root is written sqrt(x), a cube root cbrt(x), and an nth root, approximately, x^(1/n)'],
  ['square', 'it is written x^2'],
  ['int', 'it is written trunc(x)'],
  ['factorial', 'it is written fac(x)'],
  ['power', 'it is written x^y'],
  ['π', 'it is written pi'],
  ['τ', 'it is written tau']
])

/** The signature of a function: `log(x[, base])`. */
export function signatureOf ({ call }: CallableDefinition): string {
  return `${call.names[0]}(${call.parameters})`
}

/** The error of a name that is invalid in any context; null for every other name. */
export function refuseName (name: string, range: SourceRange): DomainError | null {
  const { position, length } = range
  const found = `"${name}"`
  const unsupported = UNSUPPORTED.find(([pattern]) => pattern.test(name))
  if (unsupported !== undefined) {
    return domainError('feature_unsupported', { position, length, found, hint: unsupported[1] })
  }
  const hint = OTHERWISE.get(name.toLowerCase())
  return hint === undefined ? null : domainError('name_unknown', { position, length, found, hint })
}

/** The error of a called name that is not a function. `found` is the name as the message shows it. */
export function unknownFunction (name: string, found: string, { position, length }: SourceRange): DomainError {
  const refusal = refuseName(name, { position, length })
  if (refusal !== null) return refusal
  const nearest = CONSTANTS.has(name) ? undefined : nearestName(name, CALLABLE.keys())
  const hint = nearest === undefined
    ? 'it is not a function; to multiply, write an operator before the "(", as in x*(2)'
    : `did you mean ${nearest}(…)?`
  return domainError('name_unknown', { position, length, found, hint })
}

/** The error of a name that is neither a variable nor a constant. */
export function missingVariable (
  name: string, found: string, { position, length }: SourceRange, variables: Iterable<string>
): DomainError {
  const callable = CALLABLE.get(name)
  if (callable !== undefined) return missingArguments(callable, found, { position, length })
  const refusal = refuseName(name, { position, length })
  if (refusal !== null) return refusal
  const nearest = nearestName(name, [...variables, ...CONSTANTS.keys(), ...CALLABLE.keys()])
  const hint = nearest === undefined
    ? 'send it beside the expression, as in {"variables": {"x": 2}}'
    : `did you mean ${CALLABLE.has(nearest) && !CONSTANTS.has(nearest) ? `${nearest}(…)` : nearest}?`
  return domainError('variable_missing', { position, length, found, hint })
}

/** The error of a function name without a "(" after it. */
export function missingArguments (callable: CallableDefinition, found: string, range: SourceRange): DomainError {
  const { position, length } = range
  return domainError('arguments_missing', { position, length, found, expected: signatureOf(callable) })
}

/** Longer names are not compared: they are no misspelling of a known name, and the time grows with the square. */
const LONGEST_COMPARED = 20

/** Only this many candidates are compared, for the same reason. */
const MOST_COMPARED = 1_000

/** The closest candidate; the first of several, and undefined where none is close. */
function nearestName (name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > LONGEST_COMPARED) return undefined
  let nearest: string | undefined
  let least = name.length === 1 ? 1 : Math.max(2, Math.floor(name.length / 3) + 1)
  let compared = 0
  for (const candidate of candidates) {
    if (compared++ === MOST_COMPARED) break
    if (candidate.length > LONGEST_COMPARED) continue
    const distance = candidate.toLowerCase() === name.toLowerCase() ? 0 : distanceBetween(name, candidate)
    if (distance >= Math.min(least, candidate.length)) continue
    nearest = candidate
    least = distance
  }
  return nearest
}

/** Insertions, deletions, substitutions and transpositions between two names (optimal string alignment distance). */
function distanceBetween (one: string, other: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1]
      const exchanged = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      current.push(Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (same ? 0 : 1),
        exchanged ? beforeLast[column - 2]! + 1 : Infinity
      ))
    }
    beforeLast = last
    last = current
  }
  return last[other.length]!
}
