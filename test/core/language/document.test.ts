/** The tables of docs/language.md match the program; on a mismatch, the report has the correct table. */
import { readFileSync } from 'node:fs'
import { type Test, test } from 'tap'
import { DomainError } from '../../../src/core/errors.js'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { CONSTANTS, signatureOf } from '../../../src/core/language/names.js'
import { CALLABLE, OPERATIONS, UNARY_PRECEDENCE } from '../../../src/core/operations.js'
import { planExpression } from '../../../src/core/plan/planner.js'
import { readVariables } from '../../../src/core/language/variables.js'
import { outcome } from '../plan/evaluate.js'

const DOCUMENT = readFileSync(new URL('../../../docs/language.md', import.meta.url), 'utf8')

function table (heads: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  return [heads, heads.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |\n`).join('')
}

function code (texts: Iterable<string>): string {
  return [...texts].map(text => `\`${text}\``).join(' ')
}

/** Operators from the highest precedence to the lowest, with the unary signs in their place. */
function operatorRows (): string[][] {
  const infixes = [...OPERATIONS.values()].flatMap(({ symbol, name, infix, timeSetting }) =>
    infix === undefined ? [] : [{ symbol, name, infix, timeSetting }])
  const rows = infixes.map(({ symbol, name, infix, timeSetting }): [number, string[]] =>
    [infix.precedence, [code([symbol]), code(infix.spellings), name, infix.associativity, code([timeSetting])]])
  const signs: [number, string[]] =
    [UNARY_PRECEDENCE, [code(['-', '+']), code(['−']), 'sign', '', code(['TIME_SUBTRACTION_MS'])]]
  return [...rows, signs].sort(([one], [other]) => other - one).map(([, row]) => row)
}

function functionRows (): string[][] {
  return [...new Set([...CALLABLE.values()])].map(definition => {
    const { name, domain = '', call: { names: [, ...others] } } = definition
    return [code([signatureOf(definition)]), code(others), name, domain]
  })
}

test('the table of operators', async t => {
  has(t, table(['operator', 'also', 'meaning', 'associativity', 'time setting'], operatorRows()))
})

test('the table of functions', async t => {
  has(t, table(['function', 'also', 'meaning', 'domain'], functionRows()))
})

test('the table of constants', async t => {
  has(t, table(['constant', 'value'], [...CONSTANTS].map(([name, value]) => [code([name]), String(value)])))
})

test('every example has the documented result or error code', async t => {
  const rows = [...DOCUMENT.matchAll(/^\| `([^`]+)` \| (?:`(-?[\d.e+-]+)`|refused: `(\w+)`|fails: `(\w+)`) \|/gm)]
  t.ok(rows.length > 25, 'the examples were found')
  for (const [, text = '', value, refused, failed] of rows) {
    t.equal(evaluated(text), value ?? refused ?? `fails ${failed}`, text)
  }
})

/** The result of an expression, or the code of its error. */
function evaluated (text: string): string {
  try {
    const variables = readVariables({ x: 10, t: 1, y: 11 })
    const value = outcome(planExpression(text, { times: new Map(), limits: DEFAULT_LIMITS, variables }))
    return value === null ? `fails ${failureOf(text)}` : String(value)
  } catch (error) {
    if (error instanceof DomainError) return error.code
    throw error
  }
}

/** The code with which the last operation of an expression fails. */
function failureOf (text: string): string {
  const { operations } = planExpression(text, { times: new Map(), limits: DEFAULT_LIMITS })
  const { symbol, left, right } = operations.at(-1)!
  return String(OPERATIONS.get(symbol)!.refusal(Number(left), Number(right)))
}

function has (t: Test, text: string): void {
  if (!DOCUMENT.includes(text)) t.comment(text)
  t.ok(DOCUMENT.includes(text), 'the document and the program agree')
}
