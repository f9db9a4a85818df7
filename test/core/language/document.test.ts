/** The tables of docs/language.md are those of the program; where they differ, the message has what to paste. */
import { readFileSync } from 'node:fs'
import { type Test, test } from 'tap'
import { DomainError } from '../../../src/core/errors.js'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { CONSTANTS, signatureOf } from '../../../src/core/language/names.js'
import { CALLABLE, type Infix, OPERATIONS, UNARY_PRECEDENCE } from '../../../src/core/operations.js'
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

/** Each level of precedence from the tightest on, with the unary signs in their place. */
function operatorRows (): string[][] {
  const infixes = [...OPERATIONS.values()].flatMap(({ symbol, name, infix, timeSetting }) =>
    infix === undefined ? [] : [{ symbol, name, infix, timeSetting }])
  const rows = infixes.map(({ symbol, name, infix, timeSetting }): [number, string[]] =>
    [infix.precedence, [code([symbol]), code(infix.spellings), name, direction(infix), code([timeSetting])]])
  const signs: [number, string[]] =
    [UNARY_PRECEDENCE, [code(['-', '+']), code(['−']), 'signs before a value', '', code(['TIME_SUBTRACTION_MS'])]]
  return [...rows, signs].sort(([one], [other]) => other - one).map(([, row]) => row)
}

function direction ({ associativity }: Infix): string {
  return `from the ${associativity}`
}

function functionRows (): string[][] {
  return [...new Set([...CALLABLE.values()])].map(definition => {
    const { name, domain = '', call: { names: [, ...others] } } = definition
    return [code([signatureOf(definition)]), code(others), name, domain]
  })
}

test('the table of operators', async t => {
  has(t, table(['operator', 'also', 'what it is', 'joins', 'its time'], operatorRows()))
})

test('the table of functions', async t => {
  has(t, table(['function', 'also', 'what it is', 'what it takes'], functionRows()))
})

test('the table of constants', async t => {
  has(t, table(['constant', 'value'], [...CONSTANTS].map(([name, value]) => [code([name]), String(value)])))
})

test('the examples come to what is said, or are refused with the code that is said', async t => {
  const rows = [...DOCUMENT.matchAll(/^\| `([^`]+)` \| (?:`(-?[\d.e+-]+)`|refused: `(\w+)`|fails: `(\w+)`) \|/gm)]
  t.ok(rows.length > 25, 'the examples were found')
  for (const [, text = '', value, refused, failed] of rows) {
    t.equal(come(text), value ?? refused ?? `fails ${failed}`, text)
  }
})

/** What an expression comes to, or the code of its refusal. */
function come (text: string): string {
  try {
    const variables = readVariables({ x: 10, t: 1, y: 11 })
    const value = outcome(planExpression(text, { times: new Map(), limits: DEFAULT_LIMITS, variables }))
    return value === null ? `fails ${failureOf(text)}` : String(value)
  } catch (error) {
    if (error instanceof DomainError) return error.code
    throw error
  }
}

/** The code with which the only operation of an expression is refused. */
function failureOf (text: string): string {
  const { operations } = planExpression(text, { times: new Map(), limits: DEFAULT_LIMITS })
  const { symbol, left, right } = operations.at(-1)!
  return String(OPERATIONS.get(symbol)!.refusal(Number(left), Number(right)))
}

function has (t: Test, text: string): void {
  if (!DOCUMENT.includes(text)) t.comment(text)
  t.ok(DOCUMENT.includes(text), 'the document has it as the program does')
}
