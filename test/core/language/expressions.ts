import fc from 'fast-check'
import { OPERATIONS, operationOf } from '../../../src/core/operations.js'
import type { SyntaxNode } from '../../../src/core/language/syntax.js'

/** The variables of samples. One has the name of a constant, another that of a function. */
export const VARIABLES: ReadonlyMap<string, number> = new Map([
  ['x', 3], ['width_2', -2.5], ['größe', 0.1], ['E', 7], ['sin', 12]
])

/** A random text and its value in JavaScript; null if a step is not finite. */
export interface Sample {
  readonly text: string
  readonly value: number | null
}

type Step = (left: number, right: number) => number

const SUM_STEPS: ReadonlyArray<readonly [string, Step]> = [
  ['+', (left, right) => left + right],
  ['-', (left, right) => left - right],
  ['−', (left, right) => left - right]
]
const PRODUCT_STEPS: ReadonlyArray<readonly [string, Step]> = [
  ...['*', '×', '·', '∙', '•'].map((sign): [string, Step] => [sign, (left, right) => left * right]),
  ...['/', '÷'].map((sign): [string, Step] => [sign, (left, right) => left / right]),
  ['%', (left, right) => left % right === 0 || (left < 0) === (right < 0) ? left % right : left % right + right]
]

/** Functions for which JavaScript may be off in the last bit; test/core/operations/ checks ours. */
const { compute: powerOf } = operationOf('^')
const { compute: hypotenuseOf } = operationOf('hypot')

/** Some functions by number of arguments; the last two take any number. */
const CALLS: ReadonlyArray<readonly [string, number, (...operands: number[]) => number]> = [
  ['sqrt', 1, Math.sqrt],
  ['abs', 1, Math.abs],
  ['floor', 1, Math.floor],
  ['cos', 1, Math.cos],
  ['log', 1, Math.log],
  ['pow', 2, powerOf],
  ['hypot', 2, hypotenuseOf],
  ['pyt', 2, hypotenuseOf],
  ['min', Infinity, Math.min],
  ['max', Infinity, Math.max]
]

const blank = fc.constantFrom('', '', '', ' ', '\t', '\n', '\r\n', '  ', '\u00A0', '\u2009')

const literal: fc.Arbitrary<Sample> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(12).map(value => ({ text: `${value}`, value })) },
  fc.nat(9999).map(value => ({ text: `.${String(value).padStart(4, '0')}`, value: value / 10_000 })),
  fc.nat(99).map(value => ({ text: `${value}.`, value })),
  fc.tuple(fc.boolean(), fc.nat(0xFFFF)).map(([upper, value]) => ({
    text: `0x${upper ? value.toString(16).toUpperCase() : value.toString(16)}`, value
  })),
  fc.tuple(fc.nat(99), fc.constantFrom('e', 'E', 'e+'), fc.nat(15))
    .map(([value, mark, exponent]) => ({ text: `${value}${mark}${exponent}`, value: value * 10 ** exponent })),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map(value => ({ text: String(value), value })),
  fc.constantFrom(...VARIABLES, ['PI', Math.PI] as const, ['e', Math.E] as const, ['tau', 2 * Math.PI] as const)
    .map(([text, value]) => ({ text, value }))
)

/**
 * Follows the grammar level by level (sum, product, sign, power, atom) and folds each level as it
 * associates, so that neither the text nor the value knows of precedences.
 */
function levels (tie: (name: 'sum' | 'sign') => fc.Arbitrary<Sample>) {
  const atom = fc.oneof(
    { weight: 3, arbitrary: literal },
    fc.tuple(tie('sum'), blank, blank).map(([{ text, value }, a, b]) => ({ text: `(${a}${text}${b})`, value })),
    fc.constantFrom(...CALLS).chain(([name, arity, compute]) => {
      const lengths = { minLength: Math.min(1, arity), maxLength: Math.min(4, arity), depthIdentifier: 'text' }
      const operands = arity < Infinity ? fc.tuple(...Array.from({ length: arity }, () => tie('sum'))) : null
      return fc.tuple(operands ?? fc.array(tie('sum'), lengths), blank, blank).map(([parts, a, b]): Sample => ({
        text: `${name}${a}(${parts.map(({ text }) => text).join(`${b},${a}`)}${b})`,
        value: combine(parts.map(({ value }) => value), compute)
      }))
    })
  )
  const power = fc.oneof(
    { weight: 4, arbitrary: atom },
    fc.tuple(atom, fc.constantFrom('^', '**'), blank, blank, tie('sign')).map(([left, mark, a, b, right]): Sample => ({
      text: `${left.text}${a}${mark}${b}${right.text}`, value: combine([left.value, right.value], powerOf)
    }))
  )
  const sign = fc.oneof(
    { weight: 4, arbitrary: power },
    fc.tuple(fc.constantFrom('-', '−', '+'), blank, tie('sign')).map(([mark, space, { text, value }]) => ({
      text: `${mark}${space}${text}`, value: value === null || mark === '+' ? value : -value
    }))
  )
  const product = fold(tie('sign'), PRODUCT_STEPS)
  return { sign, sum: fold(product, SUM_STEPS) }
}

function fold (part: fc.Arbitrary<Sample>, steps: ReadonlyArray<readonly [string, Step]>): fc.Arbitrary<Sample> {
  const step = fc.tuple(fc.constantFrom(...steps), blank, blank, part)
  const more = fc.array(step, { maxLength: 3, depthIdentifier: 'text' })
  return fc.tuple(part, more).map(([first, rest]) => rest.reduce(({ text, value }, [[mark, step], a, b, right]) => ({
    text: `${text}${a}${mark}${b}${right.text}`,
    value: combine([value, right.value], step)
  }), first))
}

/** −0 becomes 0 at every step, as between server and agent. */
function combine (values: ReadonlyArray<number | null>, compute: (...operands: number[]) => number): number | null {
  if (values.includes(null)) return null
  const value = compute(...values.map(Number)) + 0
  return Number.isFinite(value) ? value : null
}

/** Expressions of the whole grammar, with white space and every spelling. */
export const samples: fc.Arbitrary<Sample> = fc.letrec<{ top: Sample, sum: Sample, sign: Sample }>(tie => {
  const { sum, sign } = levels(tie)
  const depth = { maxDepth: 6, depthIdentifier: 'text' }
  return {
    top: sum,
    sum: fc.oneof(depth, literal, { weight: 5, arbitrary: sum }),
    sign: fc.oneof(depth, literal, { weight: 2, arbitrary: sign })
  }
}).top

type Tree =
  | number
  | string
  | { readonly negated: Tree }
  | { readonly symbol: string, readonly left: Tree, readonly right: Tree }
  | { readonly called: string, readonly operands: readonly Tree[] }

const names = fc.stringMatching(/^[a-zA-Zß_][a-zA-Zß_0-9]{0,6}$/)

const callables = [...OPERATIONS.values()].filter(({ call, infix }) => call && !infix)

const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>(tie => ({
  tree: fc.oneof({ maxDepth: 7, withCrossShrink: true },
    fc.oneof(fc.nat(9), fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), names),
    fc.record({ negated: tie('tree') }),
    {
      weight: 3,
      arbitrary: fc.record({
        symbol: fc.constantFrom(...[...OPERATIONS.values()].filter(({ infix }) => infix).map(({ symbol }) => symbol)),
        left: tie('tree'),
        right: tie('tree')
      })
    },
    fc.constantFrom(...callables).chain(({ symbol, call }) => fc.record({
      called: fc.constant(symbol),
      operands: fc.array(tie('tree'), { minLength: call!.least, maxLength: Math.min(4, call!.most) })
    })))
})).tree

/** Random syntax that was not parsed; all positions are 0. */
export const syntaxes: fc.Arbitrary<SyntaxNode[]> = trees.map(tree => {
  const nodes: SyntaxNode[] = []
  flatten(tree, nodes)
  return nodes
})

function flatten (tree: Tree, nodes: SyntaxNode[]): number {
  const place = { position: 0, length: 0 }
  if (typeof tree === 'number') return nodes.push({ kind: 'literal', value: tree, ...place }) - 1
  if (typeof tree === 'string') return nodes.push({ kind: 'name', name: tree, ...place }) - 1
  if ('called' in tree) {
    const operands = tree.operands.map(operand => flatten(operand, nodes))
    return nodes.push({ kind: 'call', symbol: tree.called, operands, ...place }) - 1
  }
  if ('negated' in tree) {
    const operand = flatten(tree.negated, nodes)
    return nodes.push({ kind: 'negation', operand, ...place }) - 1
  }
  const left = flatten(tree.left, nodes)
  const right = flatten(tree.right, nodes)
  return nodes.push({ kind: 'operation', symbol: tree.symbol, left, right, ...place }) - 1
}

/** The same structure without positions, for comparison. */
export function bare (syntax: readonly SyntaxNode[]): SyntaxNode[] {
  return syntax.map(node => ({ ...node, position: 0, length: 0 }))
}
