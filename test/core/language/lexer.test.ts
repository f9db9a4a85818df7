import { test } from 'tap'
import { type Token, isName, readToken } from '../../../src/core/language/lexer.js'
import { placeOf, refusalOf } from './refusal.js'

function tokens (source: string): Token[] {
  const list: Token[] = []
  for (let offset = 0; ;) {
    const token = readToken(source, offset)
    list.push(token)
    if (token.kind === 'end') return list
    offset = token.position + token.length
  }
}

test('tokens have their position in UTF-16 units', async t => {
  t.match(tokens(' 12\t+\r\n(x1)\n'), [
    { kind: 'number', value: 12, position: 1, length: 2 },
    { kind: 'operator', symbol: '+', position: 4, length: 1 },
    { kind: '(', position: 7, length: 1 },
    { kind: 'name', position: 8, length: 2 },
    { kind: ')', position: 10, length: 1 },
    { kind: 'end', position: 12, length: 0 }
  ])
  t.match(readToken('𝒙+1', 0), { kind: 'name', name: '𝒙', position: 0, length: 2 },
    'a letter beyond the basic plane has length 2')
})

test('every white space character of pasted text separates tokens, as one unit', async t => {
  const blanks = ['\t', '\n', '\v', '\f', '\r', ' ', '\u2028', '\u2029', '\uFEFF']
  for (let code = 0; code <= 0xFFFF; code++) {
    const character = String.fromCharCode(code)
    if (/\p{Zs}/u.test(character) && character !== ' ') blanks.push(character)
  }
  t.ok(blanks.length >= 9 + 16, 'the table of Unicode was searched')
  for (const blank of blanks) {
    const name = `U+${blank.charCodeAt(0).toString(16)}`
    t.match(tokens(`${blank}12${blank}max${blank}(`), [
      { kind: 'number', position: 1, length: 2 },
      { kind: 'name', name: 'max', called: true, position: 4, length: 3 },
      { kind: '(', position: 8 },
      { kind: 'end', position: 9 }
    ], name)
  }
})

test('numbers are read in every form, to the nearest double', async t => {
  const forms: Record<string, number> = {
    0: 0,
    '007': 7,
    12: 12,
    '.5': 0.5,
    '5.': 5,
    '1.e2': 100,
    '1e-3': 0.001,
    '1E3': 1000,
    '1e+3': 1000,
    '0x1F': 31,
    '0XfF': 255,
    '0x1e3': 483,
    '1e-400': 0,
    '9007199254740993': 9007199254740992,
    '1.7976931348623157e308': Number.MAX_VALUE,
    5e-324: Number.MIN_VALUE
  }
  for (const [text, value] of Object.entries(forms)) {
    t.match(readToken(text, 0), { kind: 'number', value, position: 0, length: text.length }, text)
  }
  t.match(readToken('0x1e+3', 0), { value: 30, length: 4 }, 'a hexadecimal number has no exponent')
})

test('a name is called when a "(" follows, with or without white space', async t => {
  t.match(readToken('max(1', 0), { kind: 'name', name: 'max', called: true, length: 3 })
  t.match(readToken('max \n (1', 0), { kind: 'name', name: 'max', called: true, length: 3 })
  t.match(readToken('max', 0), { kind: 'name', name: 'max', called: false })
  t.match(readToken('max+(1)', 0), { kind: 'name', name: 'max', called: false })
})

test('a name consists of letters, digits and "_"', async t => {
  for (const name of ['x', '_', 'x1', 'Größe_2', 'π', '𝒙']) t.ok(isName(name), name)
  for (const name of ['', '1x', 'x y', ' x', 'x.y', 'x-y', 'x\n', '😀', '$']) t.notOk(isName(name), name)
})

test('operators have typographic spellings', async t => {
  const spellings = { '+': '+', '-': '-−', '*': '*×·∙•', '/': '/÷', '%': '%', '^': '^' }
  for (const [symbol, all] of Object.entries(spellings)) {
    for (const spelling of all) t.match(readToken(spelling, 0), { kind: 'operator', symbol, length: 1 }, spelling)
  }
  t.match(readToken('**', 0), { kind: 'operator', symbol: '^', length: 2 })
})

test('a malformed number is refused as a whole, with a hint', async t => {
  const reasons: Record<string, RegExp> = {
    '..5': /one decimal point/,
    '1.2.3': /one decimal point/,
    '.': /digit must follow/,
    '.e5': /digit must follow/,
    '0x': /0-9 and a-f/,
    '0xFG': /0-9 and a-f/,
    '0b11': /hexadecimal/,
    '1e': /exponent has no digits/,
    '1.5E': /exponent has no digits/,
    '1e3.5': /must be an integer/,
    '1_000': /without separators/,
    '2d6': /dice/,
    '2pi': /operator between a number and a name, as in/
  }
  for (const [text, reason] of Object.entries(reasons)) {
    const refusal = refusalOf(() => readToken(` ${text} `, 0))
    t.strictSame(placeOf(refusal), ['number_malformed', 1, text.length], text)
    t.match(refusal.message, reason)
    t.equal(refusal.data.found, `"${text}"`)
  }
})

test('numbers out of the range of a double are refused', async t => {
  t.strictSame(placeOf(refusalOf(() => readToken('1e400', 0))), ['number_out_of_range', 0, 5])
  t.strictSame(placeOf(refusalOf(() => readToken(`0x${'f'.repeat(256)}`, 0))), ['number_out_of_range', 0, 258])
})

test('an unexpected character is refused as a whole code point, by name', async t => {
  const cases: Array<[string, string, RegExp]> = [
    ['😀', '"😀" (U+1F600)', /consists of numbers, names, \+ - \* \/ % \^ and parentheses/],
    ['\0', 'U+0000', /consists of numbers/],
    ['\uD800', 'U+D800', /consists of numbers/],
    ['$', '"$"', /consists of numbers/],
    [';', '";"', /arguments/],
    ['{', '"{"', /group/],
    ['!', '"!"', /fac\(x\)/],
    ['√', '"√" (U+221A)', /sqrt\(x\)/],
    ['∛', '"∛" (U+221B)', /cbrt\(x\)/],
    ['°', '"°" (U+00B0)', /sind/],
    ['–', '"–" (U+2013)', /minus/],
    ['\u00AD', 'U+00AD', /spaces, tabs/],
    ['\u180E', 'U+180E', /spaces, tabs/],
    ['\u200B', 'U+200B', /spaces, tabs/],
    ['٣', '"٣" (U+0663)', /0 to 9/],
    ['²', '"²" (U+00B2)', /x\^2/]
  ]
  for (const [character, found, hint] of cases) {
    const refusal = refusalOf(() => readToken(`1 ${character}2`, 1))
    t.strictSame(placeOf(refusal), ['unexpected_character', 2, character.length], found)
    t.equal(refusal.data.found, found)
    t.match(refusal.data.hint, hint)
  }
})

test('unsupported syntax is refused as a whole, with its category', async t => {
  const cases: Array<[string, RegExp]> = [
    ['<', /comparisons/], ['>=', /comparisons/], ['==', /comparisons/], ['!=', /comparisons/], ['≠', /comparisons/],
    ['?', /conditions/], ['&&', /conditions/], ['"', /strings/], ["'", /strings/], ['“', /strings/], ['[', /lists/]
  ]
  for (const [text, hint] of cases) {
    const refusal = refusalOf(() => readToken(`1 ${text}2`, 1))
    t.strictSame(placeOf(refusal), ['feature_unsupported', 2, text.length], text)
    t.match(refusal.data.hint, hint)
  }
})

test('a message shortens long text', async t => {
  const refusal = refusalOf(() => readToken(`1${'x'.repeat(1000)}`, 0))
  t.equal(refusal.data.found, `"1${'x'.repeat(39)}…"`)
  t.equal(refusal.data.length, 1001)
  const cut = refusalOf(() => readToken(`1${'x'.repeat(38)}𝒙x`, 0))
  t.equal(cut.data.found, `"1${'x'.repeat(38)}…"`, 'and never half a code point')
})
