import { test } from 'tap'
import { readVariables } from '../../../src/core/language/variables.js'
import { refusalOf } from './refusal.js'

test('names with numbers are variables; -0 is 0', async t => {
  const variables = readVariables({ x: 1, größe_2: -2.5, toString: 3, sin: 4, PI: 3, zero: -0 })
  t.strictSame([...variables], [['x', 1], ['größe_2', -2.5], ['toString', 3], ['sin', 4], ['PI', 3], ['zero', 0]])
  t.ok(Object.is(variables.get('zero'), 0))
  t.equal(readVariables({}).size, 0)
  t.equal(readVariables({}).get('toString'), undefined)
})

test('names that no expression can use are refused', async t => {
  for (const name of ['', '2x', 'a b', 'a.b', 'a-b', ' x', '😀', 'x\n']) {
    const error = refusalOf(() => readVariables({ y: 1, [name]: 2 }))
    t.equal(error.code, 'variable_invalid', JSON.stringify(name))
    t.match(error.message, /^Invalid variable [^]*: a name consists of/)
  }
})

test('only finite numbers are accepted', async t => {
  for (const value of ['1', null, true, [1], {}, undefined, 1n, NaN, Infinity, -Infinity]) {
    const error = refusalOf(() => readVariables({ x: value }))
    t.equal(error.code, 'variable_invalid', String(value))
    t.match(error.message, /^Invalid variable "x": its value must be a number/)
  }
})
