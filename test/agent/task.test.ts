import { test } from 'tap'
import { type AgentTask, MAX_TIME_MS, parseTask, reportBody } from '../../src/agent/task.js'

const WRAPPED = '{"task":{"id":7,"arg1":1.5,"arg2":-2,"operation":"*","operation_time":200,"lease":"L-1","attempt":2}}'

const SIX_TIMES_SEVEN: AgentTask = { id: '1', lease: null, operation: '*', left: 6, right: 7, timeMs: 0 }

function parsed (members: string): AgentTask {
  const task = parseTask(`{"task":{"id":1,"operation":"+","arg1":1,"arg2":2${members}}}`)
  if (task === null) throw new Error('no task')
  return task
}

test('a wrapped task is read', async t => {
  t.strictSame(parseTask(WRAPPED), { id: '7', lease: '"L-1"', operation: '*', left: 1.5, right: -2, timeMs: 200 })
})

test('a flat task is read', async t => {
  const flat = '{"id":"0_0","arg1":6,"arg2":7,"operation":"*","operation_time":5}'
  t.strictSame(parseTask(flat), { ...SIX_TIMES_SEVEN, id: '"0_0"', timeMs: 5 })
})

test('a flat task beside a wrapped one is read once, and the wrapped one counts', async t => {
  const both = '{"id":1,"arg1":0,"arg2":0,"operation":"+","task":{"id":2,"arg1":6,"arg2":7,"operation":"*"}}'
  t.strictSame(parseTask(both), { ...SIX_TIMES_SEVEN, id: '2' })
})

test('no task: empty, blank, null, an empty object, an empty or null task', async t => {
  for (const body of ['', ' \r\n', 'null', '{}', '{"task":null}', '{ "task" : {} }']) {
    t.equal(parseTask(body), null, body)
  }
})

test('what is neither a task nor none is an error', async t => {
  for (const body of [
    '<html>', '{"task":', '7', '[]', '{"error":"no"}', '{"task":[1]}', '{"task":{"arg1":1}}',
    '{"task":{"id":null,"operation":"+"}}', '{"task":{"id":{},"operation":"+"}}', '{"task":{"id":1}}',
    '{"task":{"id":1,"operation":3}}'
  ]) t.throws(() => parseTask(body), Error, body)
})

test('the id keeps its text: long integers lose no digit, strings stay strings', async t => {
  for (const id of [
    '1234567890123456789', '-3', '1e3', '"1234567890123456789"', '"a\\"b\\\\"', '"\\u00e9}, "', '"id"', '""'
  ]) {
    t.equal(parseTask(`{"task":{"id":${id},"operation":"+"}}`)?.id, id, `wrapped ${id}`)
    t.equal(parseTask(`{ "x":{"id":5,"y":[{"id":6}]}, "id" : ${id} , "operation":"+"}`)?.id, id, `flat ${id}`)
    t.equal(reportBody({ ...SIX_TIMES_SEVEN, id }, { result: 42 }), `{"id":${id},"result":42}`, `reported ${id}`)
  }
})

test('of two ids the last counts, as for JSON.parse; a name may be written with escapes', async t => {
  t.equal(parseTask('{"id":1,"operation":"+","\\u0069d":12345678901234567890}')?.id, '12345678901234567890')
})

test('a text of brackets and quotes inside strings does not mislead', async t => {
  const body = '{"note":"}],{\\"task\\":{","task":{"note":"\\"id\\":9,","id":"x","operation":"+"}}'
  t.equal(parseTask(body)?.id, '"x"')
})

test('a very long answer is read', async t => {
  const padding = JSON.stringify('\\"'.repeat(200_000))
  t.equal(parseTask(`{"task":{"padding":${padding},"id":3,"operation":"+"}}`)?.id, '3')
})

test('operands may be numeric strings; what is no finite number is null', async t => {
  t.match(parsed(',"arg1":"2.50","arg2":" -1e-3 "'), { left: 2.5, right: -0.001 })
  t.match(parsed(',"arg1":".5","arg2":"5."'), { left: 0.5, right: 5 })
  for (const bad of ['"Infinity"', '"0x1F"', '""', '"1,5"', '1e400', 'null', 'true', '[1]']) {
    t.equal(parsed(`,"arg2":${bad}`).right, null, bad)
  }
  t.equal(parseTask('{"id":1,"operation":"+"}')?.left, null)
})

test('an operation time that is missing, negative or absurd is put right', async t => {
  const time = (text: string): number => parsed(`,"operation_time":${text}`).timeMs
  t.equal(parsed('').timeMs, 0)
  t.strictSame(['0', '-5', 'null', '"x"', '""', '{}', '-1e999'].map(time), [0, 0, 0, 0, 0, 0, 0])
  t.strictSame(['12', '"250"', '0.5'].map(time), [12, 250, 0.5])
  t.strictSame(['1e300', '1e999'].map(time), [MAX_TIME_MS, MAX_TIME_MS])
})

test('a report carries the lease as it came, and errors as they are', async t => {
  t.equal(reportBody({ ...SIX_TIMES_SEVEN, lease: '"L\\/1"' }, { result: 42 }), '{"id":1,"lease":"L\\/1","result":42}')
  const error = { code: 'division_by_zero', message: 'Division by zero', retryable: false }
  t.strictSame(JSON.parse(reportBody({ ...SIX_TIMES_SEVEN, lease: '7' }, { error })), { id: 1, lease: 7, error })
})
