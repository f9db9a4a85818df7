import { test } from 'tap'
import { CONSTANTS, missingVariable, unknownFunction } from '../../../src/core/language/names.js'
import { CALLABLE } from '../../../src/core/operations.js'
import { placeOf } from './refusal.js'

const PLACE = { position: 3, length: 5 }

function missing (name: string, ...variables: string[]): string {
  return missingVariable(name, `"${name}"`, PLACE, variables).message
}

test('the constants', async t => {
  t.strictSame([...CONSTANTS], [['PI', Math.PI], ['E', Math.E], ['pi', Math.PI], ['e', Math.E], ['tau', 2 * Math.PI]])
})

test('an unknown variable is refused with the closest known name', async t => {
  const error = missingVariable('widht', '"widht"', PLACE, ['height', 'width'])
  t.strictSame(placeOf(error), ['variable_missing', 3, 5])
  t.equal(error.message, 'The variable "widht" has no value; did you mean width?')
  t.match(missing('Width', 'width'), /did you mean width\?/, 'capitals do not matter')
  t.match(missing('Pi'), /did you mean PI\?/)
  t.match(missing('pii'), /did you mean pi\?/)
  t.match(missing('sqr'), /did you mean sqrt\(…\)\?/)
  t.match(missing('SIN'), /did you mean sin\(…\)\?/)
})

test('no name is suggested without similarity', async t => {
  const given = 'send it beside the expression, as in {"variables": {"x": 2}}'
  for (const name of ['x', 'a', 'velocity', 'v1', 'x'.repeat(1000)]) {
    t.equal(missing(name, 'k', 'w2'), `The variable "${name}" has no value; ${given}`, name.slice(0, 20))
  }
  const many = Array.from({ length: 100_000 }, (_, index) => `variable_${index}`)
  t.match(missing('variable_1x', ...many), /did you mean variable_1\?/)
})

test('a function without parentheses has its own error', async t => {
  const error = missingVariable('log', '"log"', PLACE, [])
  t.strictSame(placeOf(error), ['arguments_missing', 3, 5])
  t.equal(error.message, '"log" is a function; write its arguments in parentheses: log(x[, base])')
})

test('unsupported features are refused by name', async t => {
  for (const name of ['random', 'rand', 'concat', 'if', 'D', 'd6', 'D20', 'true', 'and', 'list', 'sum', 'len', 'str']) {
    t.equal(missingVariable(name, `"${name}"`, PLACE, []).code, 'feature_unsupported', name)
    t.equal(unknownFunction(name, `"${name}"`, PLACE).code, 'feature_unsupported', `${name}(…)`)
  }
  for (const name of ['d', 'd_1', 'iffy', 'randomly', 'x6']) {
    t.equal(missingVariable(name, `"${name}"`, PLACE, []).code, 'variable_missing', name)
  }
})

test('names of other calculators get a hint at an existing name', async t => {
  for (const name of ['ln', 'lg', 'mod', 'arcsin', 'Arctan', 'sgn', 'factorial', 'int', 'π', 'root']) {
    const error = unknownFunction(name, `"${name}"`, PLACE)
    t.strictSame(placeOf(error), ['name_unknown', 3, 5])
    const [, written = ''] = / is written (\w+)/.exec(error.message) ?? []
    t.ok(CALLABLE.has(written) || CONSTANTS.has(written) || written === 'x', error.message)
  }
})

test('an operation outside the language is an ordinary name', async t => {
  t.equal(unknownFunction('task', '"task"', PLACE).code, 'name_unknown')
  t.equal(missingVariable('task', '"task"', PLACE, []).code, 'variable_missing')
  t.notOk(CALLABLE.has('task'))
})
