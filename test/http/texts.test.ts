import { test } from 'tap'
import { build, claim, submit } from './helper.js'

const REFUSED = ['a\u0000b', '\u0000', '\ud800', 'a\udc00', '\ude00\ud83d']
const TASK = '/internal/task'
const HEARTBEAT = '/internal/heartbeat'
const TAKEN = ['\ud83d\ude00', '\u0001', '\uffff', '\\u0000', '\u2028']

for (const [where, send, name] of [
  ['a task\'s name', (text: string) => ({ url: '/create-task', payload: { name: text } }), 'name'],
  ['an agent\'s name in a body', (text: string) => ({ url: HEARTBEAT, payload: { agent: text } }), 'agent'],
  ['an instance', (text: string) => ({ url: HEARTBEAT, payload: { instance: text } }), 'instance'],
  ['a lease', (text: string) => ({ url: HEARTBEAT, payload: { tasks: [{ id: 1, lease: text }] } }), 'lease'],
  ['a lease of a report', (text: string) => ({ url: TASK, payload: { id: 1, result: 1, lease: text } }), 'lease'],
  ['an error\'s code', (text: string) =>
    ({ url: TASK, payload: { id: 1, error: { code: text, message: '' } } }), 'code'],
  ['an error\'s text', (text: string) =>
    ({ url: TASK, payload: { id: 1, error: { code: 'x', message: text } } }), 'message']
] as const) {
  test(`${where} is well-formed and has no NUL, or is refused with its name`, async t => {
    const { app } = build(t)
    await submit(app, '1+2')
    await claim(app)
    for (const text of REFUSED) {
      const response = await app.inject({ method: 'POST', ...send(text) })
      t.equal(response.statusCode, 422, JSON.stringify(text))
      t.match(response.body, `${name}\\": expected well-formed Unicode without U+0000`)
    }
    for (const text of TAKEN) {
      const response = await app.inject({ method: 'POST', ...send(text) })
      t.notMatch(response.body, 'Unicode')
      t.ok([200, 409].includes(response.statusCode))
    }
  })
}

test('a text of one report of many is refused with it alone', async t => {
  const { app } = build(t)
  await submit(app, '1+2')
  await claim(app)
  const results = [{ id: 1, result: 3, lease: '\u0000' }, { id: 1, result: 3 }]
  const response = await app.inject({ method: 'POST', url: TASK, payload: { results } })
  t.match(response.json(), { results: [{ accepted: false, code: 'body_invalid' }, { accepted: true }] })
})

test('an agent\'s name in a query is held to the same', async t => {
  const { app } = build(t)
  t.equal((await app.inject('/internal/task?agent=a%00b')).statusCode, 422)
  t.equal((await app.inject('/internal/task?instance=%00')).statusCode, 422)
  t.equal((await app.inject('/internal/task?agent=%F0%9F%98%80')).statusCode, 404)
})

test('an expression with such a character, or a variable of such a name, is refused', async t => {
  const { app } = build(t)
  for (const text of REFUSED) {
    for (const url of ['/api/v1/calculate', '/api/expression']) {
      for (const payload of [{ expression: `1+2${text}` }, { expression: '1+2', variables: { [text]: 1 } }]) {
        const response = await app.inject({ method: 'POST', url, payload })
        t.equal(response.statusCode, url === '/api/expression' ? 400 : 422, JSON.stringify(payload))
      }
    }
  }
})

test('a text that a dialect cuts keeps its last pair whole or not at all', async t => {
  const { app } = build(t, { settings: { DIALECTS: 'on' } })
  await submit(app, '1+2')
  await claim(app)
  const payload = { id: 1, error: `${'x'.repeat(999)}\ud83d\ude00` }
  t.equal((await app.inject({ method: 'POST', url: TASK, payload })).statusCode, 200)
})
