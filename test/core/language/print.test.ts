import fc from 'fast-check'
import { test } from 'tap'
import { DomainError } from '../../../src/core/errors.js'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { parse } from '../../../src/core/language/parser.js'
import { print } from './print.js'
import type { SyntaxNode } from '../../../src/core/language/syntax.js'
import { bare, samples, syntaxes } from './expressions.js'

function reparsed (text: string): SyntaxNode[] {
  return bare(parse(text, DEFAULT_LIMITS))
}

test('the canonical text has one spelling, uniform spaces and no redundant parentheses', async t => {
  const texts: Record<string, string> = {
    42: '42',
    '0x1F': '31',
    '.50': '0.5',
    '+-+2': '-2',
    '((1)+(2))×3': '(1 + 2) * 3',
    '1+(2*3)': '1 + 2 * 3',
    '(8-3)-2': '8 - 3 - 2',
    '8-(3-2)': '8 - (3 - 2)',
    '8-(3+2)': '8 - (3 + 2)',
    '8+(3+2)': '8 + (3 + 2)',
    '2*(-3)': '2 * -3',
    '(-2)*3': '-2 * 3',
    '-(2*3)': '-(2 * 3)',
    '3-(-(2))': '3 - -2',
    '1e21': '1e+21',
    '2**3': '2 ^ 3',
    '2^(3^2)': '2 ^ 3 ^ 2',
    '(2^3)^2': '(2 ^ 3) ^ 2',
    '-(3^2)': '-3 ^ 2',
    '(-3)^2': '(-3) ^ 2',
    '2^(-1)': '2 ^ -1',
    '(2^-1)*3': '2 ^ -1 * 3',
    '2^(3*4)': '2 ^ (3 * 4)',
    '7%4': '7 % 4',
    'pow(2,(3))': '2 ^ 3',
    'pyt( 3,4 )': 'hypot(3, 4)',
    'max((1),(2+3)*x)': 'max(1, (2 + 3) * x)',
    '(sin(x))^2': 'sin(x) ^ 2',
    'log(8,2)-log(8)': 'log(8, 2) - log(8)'
  }
  for (const [source, expected] of Object.entries(texts)) {
    t.equal(print(parse(source, DEFAULT_LIMITS)), expected, source)
  }
})

test('printed syntax parses to the same syntax', async t => {
  fc.assert(fc.property(syntaxes, nodes => {
    t.strictSame(reparsed(print(nodes)), nodes)
  }), { numRuns: 2000 })
})

test('a parsed and printed text parses to the same syntax', async t => {
  fc.assert(fc.property(samples, ({ text }) => {
    const syntax = parse(text, DEFAULT_LIMITS)
    const canonical = print(syntax)
    t.strictSame(reparsed(canonical), bare(syntax))
    t.equal(print(parse(canonical, DEFAULT_LIMITS)), canonical)
  }), { numRuns: 2000 })
})

test('every printed pair of parentheses is needed', async t => {
  fc.assert(fc.property(syntaxes, nodes => {
    const text = print(nodes)
    for (const [open, close] of pairs(text)) {
      const without = text.slice(0, open) + text.slice(open + 1, close) + text.slice(close + 1)
      t.notSame(reparsedOrNull(without), nodes, text)
    }
  }), { numRuns: 500 })
})

test('deep nesting needs no call stack', async t => {
  const n = 100_000
  const source = '1-('.repeat(n) + '-'.repeat(n) + '2' + ')'.repeat(n)
  const deep = parse(source, { ...DEFAULT_LIMITS, length: 1e7, syntaxDepth: 3 * n })
  t.equal(print(deep), '1 - ('.repeat(n - 1) + '1 - ' + '-'.repeat(n) + '2' + ')'.repeat(n - 1))
})

test('deeply nested calls need no call stack', async t => {
  const n = 100_000
  const source = 'max(1, '.repeat(n) + 'x' + ')'.repeat(n)
  t.equal(print(parse(source, DEFAULT_LIMITS)), source)
})

function reparsedOrNull (text: string): SyntaxNode[] | null {
  try {
    return reparsed(text)
  } catch (error) {
    if (error instanceof DomainError) return null
    throw error
  }
}

function pairs (text: string): Array<[number, number]> {
  const open: number[] = []
  const found: Array<[number, number]> = []
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '(') open.push(index)
    if (text[index] === ')') found.push([open.pop()!, index])
  }
  return found
}
