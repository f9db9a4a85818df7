import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { test } from 'tap'
import { curlLine } from '../../../src/page/model/curl.js'
import { MAX_PLANNED, draftOf } from '../../../src/page/model/draft.js'
import { EXAMPLES } from '../../../src/page/model/examples.js'

const TIMES = new Map([['+', 100], ['-', 100], ['*', 200], ['/', 300], ['^', 300], ['sqrt', 300]])

test('a draft has the plan as it is written and as it is planned', async t => {
  t.match(draftOf('1+2+3+4', TIMES, true), {
    error: null,
    plan: {
      operations: 3, written: { workMs: 300, spanMs: 300, parallelism: 1 }, planned: { workMs: 300, spanMs: 200 }
    }
  })
  t.match(draftOf('1+2+3+4', TIMES, false).plan, { planned: { spanMs: 300 } })
  t.match(draftOf('42', TIMES, true).plan, { operations: 0 })
})

test('an error has its place, and an empty text is none', async t => {
  t.match(draftOf('1+', TIMES, true).error, { position: 2 })
  t.match(draftOf('(1+2', TIMES, true).error, { position: 0, length: 1 })
  t.match(draftOf('1+2)', TIMES, true).error, { position: 3, length: 1 })
  for (const empty of ['', ' ', '\n']) {
    t.strictSame(draftOf(empty, TIMES, true), { error: null, variables: [], plan: null, isLong: false })
  }
})

test('names without a value are variables', async t => {
  t.match(draftOf('a*x^2+b*x+c', TIMES, true), { error: null, variables: ['a', 'x', 'b', 'c'] })
  t.match(draftOf('2*pi', TIMES, true), { error: null, variables: [] }, 'constants have one')
  t.match(draftOf('x+(', TIMES, true), { error: { position: 3 }, plan: null })
})

test('a long text is left to the server', async t => {
  t.match(draftOf('1'.padEnd(MAX_PLANNED + 1, '+1'), TIMES, true), { isLong: true, error: null, plan: null })
})

test('no text breaks the draft', async t => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+*/^%(),.\d a-fx]{0,40}$/)), text => {
    const { error } = draftOf(text, TIMES, true)
    if (error !== null) t.ok(error.position >= 0 && error.position + error.length <= text.length + 1, text)
  }), { numRuns: 1_000 })
})

test('every example is accepted', async t => {
  for (const { name, text } of EXAMPLES) t.equal(draftOf(text, TIMES, true).error, null, name)
})

test('a command is one that a shell reads as it is meant', async t => {
  fc.assert(fc.property(fc.string(), text => {
    const line = curlLine('http://127.0.0.1:8080', {
      method: 'POST', path: '/api/v1/calculate', body: { expression: text.replaceAll('\0', '') }
    })
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${line.replace(/^curl/, '')} | tail -n 1`], {
      encoding: 'utf8'
    })
    t.strictSame(JSON.parse(words), { expression: text.replaceAll('\0', '') })
  }), { numRuns: 30 })
  t.equal(curlLine('http://h', { method: 'DELETE', path: '/api/v1/expressions/1' }),
    'curl -X DELETE http://h/api/v1/expressions/1')
  t.equal(curlLine('http://h', { method: 'GET', path: '/events', isStream: true }), 'curl -N http://h/events')
})
