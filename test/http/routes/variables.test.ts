import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { build } from '../helper.js'

function post (app: FastifyInstance, payload: object | string, url = '/api/v1/calculate') {
  return app.inject({ method: 'POST', url, payload })
}

test('variables are numbers of the plan', async t => {
  const { app } = build(t)
  const payload = { expression: 'x*t^y', variables: { x: 10, t: 1, y: 11, unused: 5 } }
  t.equal((await post(app, payload)).statusCode, 201)
  const claimed = await app.inject('/internal/task?operations=%5E')
  t.match(claimed.json(), { task: { operation: '^', arg1: 1, arg2: 11 } })

  t.equal((await post(app, { expression: '-x', variables: { x: 0 } })).statusCode, 201)
  t.match((await app.inject('/api/v1/expressions/2')).json(), { expression: { status: 'completed', result: 0 } })
})

test('one without a value is refused at its first use, and nothing is stored', async t => {
  const { app } = build(t)
  for (const variables of [undefined, {}, { Width: 1 }]) {
    const payload = { expression: '2*width+width', ...variables && { variables } }
    const response = await post(app, payload)
    t.equal(response.statusCode, 422)
    t.match(response.json(), { code: 'variable_missing', position: 2, length: 5 })
  }
  t.strictSame((await app.inject('/api/v1/expressions')).json(), { expressions: [] })
})

test('more variables than a request may hold up the others for are refused', async t => {
  const { app } = build(t, { settings: { BODY_LIMIT_BYTES: 1024 ** 2 } })
  const named = (count: number): object => ({
    expression: 'x0', variables: Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${index}`, 1]))
  })
  for (const url of ['/api/v1/calculate', '/api/expression']) {
    t.ok((await post(app, named(10_000), url)).statusCode < 300)
  }
  const response = await post(app, named(10_001))
  t.equal(response.statusCode, 422)
  t.match(response.json(), { code: 'body_invalid', detail: /"variables": expected .*at most 10000 of them/ })
})

test('values are finite numbers', async t => {
  const { app } = build(t)
  for (const value of ['"1"', 'null', 'true', '[1]', '{}', '1e400', '-1e400']) {
    const payload = `{"expression": "x", "variables": {"x": ${value}}}`
    const response = await post(app, payload)
    t.equal(response.statusCode, 422, value)
    t.match(response.json(), { code: 'body_invalid', detail: /"variables\.x": expected number/ }, value)
  }
  for (const variables of ['[]', '"x"', '5', '[1]']) {
    const response = await post(app, `{"expression":"1","variables":${variables}}`)
    t.equal(response.statusCode, 422, variables)
    t.match(response.json(), { code: 'body_invalid', detail: /"variables": expected an object of numbers/ }, variables)
  }
})

test('the two calculators judge a body alike, in the same words', async t => {
  const { app } = build(t)
  for (const [rest, isTaken] of [
    ['', true], [', "variables": null', true], [', "variables": {}', true], [', "variables": {"x": 5}', true],
    [', "variables": {"x": "5"}', false], [', "variables": {"x": null}', false], [', "variables": []', false],
    [', "variables": "x"', false], [', "variables": {"2x": 1}', false], [', "variables": {"x": 1e400}', false],
    ['+', false]
  ] as const) {
    const body = `{"expression": "1+1"${rest}}`
    const [one, other] = [await post(app, body), await post(app, body, '/api/expression')]
    t.strictSame([one.statusCode, other.statusCode], isTaken ? [201, 200] : [422, 400], body)
    if (!isTaken) t.equal(other.json().msg.replace(/ \(at position .*/, ''), one.json().detail, body)
  }
  const unknown = '{"expression": "2*y"}'
  t.match((await post(app, unknown, '/api/expression')).json().msg, (await post(app, unknown)).json().detail)
})

test('names are those of the language', async t => {
  const { app } = build(t)
  for (const name of ['', '2x', 'a b', 'a-b', 'x\n']) {
    const response = await post(app, { expression: '1', variables: { [name]: 1 } })
    t.equal(response.statusCode, 422, JSON.stringify(name))
    t.match(response.json(), { code: 'variable_invalid' }, JSON.stringify(name))
  }
  const payload = { expression: 'toString + größe', variables: { toString: 1, größe: 2 } }
  t.equal((await post(app, payload)).statusCode, 201)
  const proto = await post(app, '{"expression":"1","variables":{"__proto__":1}}')
  t.equal(proto.statusCode, 422)
})

test('an operation that has no value fails the expression in words', async t => {
  const { app } = build(t)
  const cases: ReadonlyArray<readonly [string, string, RegExp]> = [
    ['sqrt(-1)', 'domain_error', /^sqrt\(-1\) is undefined: the argument must be at least 0/],
    ['log(0)', 'domain_error', /^log\(0\) is undefined/],
    ['asin(2)', 'domain_error', /between -1 and 1/],
    ['fac(-1)', 'domain_error', /an integer of at least 0/],
    ['fac(2.5)', 'domain_error', /an integer/],
    ['fac(171)', 'result_out_of_range', /^The result of fac\(171\) is too large/],
    ['0^-1', 'division_by_zero', /^Division by zero: 0 \^ -1 /],
    ['5%0', 'division_by_zero', /^Division by zero: 5 % 0 /],
    ['tand(90)', 'domain_error', /must not be 90 plus/],
    ['log(8, 1)', 'domain_error', /base/],
    ['10^400', 'result_out_of_range', /10 \^ 400/]
  ]
  for (const [index, [expression, code, message]] of cases.entries()) {
    const { statusCode } = await post(app, { expression })
    t.equal(statusCode, 201, expression)
    const response = await app.inject(`/api/v1/expressions/${index + 1}`)
    t.match(response.json(), { expression: { status: 'failed', result: null, error: { code, message } } }, expression)
  }
})
