import { test } from 'tap'
import { reportForms } from '../../../src/agent/dialects/report.js'
import { parseClaim } from '../../../src/agent/dialects/task.js'
import { type AgentTask, MAX_TIME_MS } from '../../../src/agent/protocol/task.js'
import { plainTask } from '../tasks.js'

const WRAPPED = '{"task":{"id":7,"arg1":1.5,"arg2":-2,"operation":"*","operation_time":200,"lease":"L-1","attempt":2}}'

/** The one task of a body; null when there is none. */
function parseTask (body: string, unitsPerMs?: number): AgentTask | null {
  const claimed = parseClaim(body, unitsPerMs)
  if (claimed === null) return null
  const [task] = claimed.tasks
  if (task === undefined || claimed.tasks.length > 1 || claimed.extended) throw new Error('not one plain task')
  return task
}

function parsed (members: string, unitsPerMs?: number): AgentTask {
  const task = parseTask(`{"task":{"id":1,"operation":"+","arg1":1,"arg2":2${members}}}`, unitsPerMs)
  if (task === null) throw new Error('no task')
  return task
}

test('a wrapped task is read', async t => {
  t.match(parseTask(WRAPPED), { id: '7', lease: '"L-1"', operation: '*', left: 1.5, right: -2, timeMs: 200 })
})

test('a flat task is read', async t => {
  const flat = '{"id":"0_0","arg1":6,"arg2":7,"operation":"*","operation_time":5}'
  t.strictSame(parseTask(flat), plainTask({ id: '"0_0"', timeMs: 5 }))
})

test('of a flat and a wrapped task, the wrapped one is read', async t => {
  const both = '{"id":1,"arg1":0,"arg2":0,"operation":"+","task":{"id":2,"arg1":6,"arg2":7,"operation":"*"}}'
  t.match(parseTask(both), { id: '2', operation: '*', left: 6, right: 7 })
})

test('no task: empty, blank, null, an empty object, an empty or null task', async t => {
  for (const body of ['', ' \r\n', 'null', '{}', '{"task":null}', '{ "task" : {} }']) {
    t.equal(parseTask(body), null, body)
  }
})

test('any other body is an error', async t => {
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
    const report = { task: plainTask({ id }), outcome: { result: 42 } }
    t.equal(reportForms(report)[0]?.body, `{"id":${id},"result":42}`, `reported ${id}`)
  }
})

test('of two ids the last counts, as for JSON.parse; a name may be written with escapes', async t => {
  t.equal(parseTask('{"id":1,"operation":"+","\\u0069d":12345678901234567890}')?.id, '12345678901234567890')
})

test('brackets and quotes inside strings do not mislead', async t => {
  const body = '{"note":"}],{\\"task\\":{","task":{"note":"\\"id\\":9,","id":"x","operation":"+"}}'
  t.equal(parseTask(body)?.id, '"x"')
})

test('a very long answer is read', async t => {
  const padding = JSON.stringify('\\"'.repeat(200_000))
  t.equal(parseTask(`{"task":{"padding":${padding},"id":3,"operation":"+"}}`)?.id, '3')
})

test('operands may be numeric strings; anything but a finite number is null', async t => {
  t.match(parsed(',"arg1":"2.50","arg2":" -1e-3 "'), { left: 2.5, right: -0.001 })
  t.match(parsed(',"arg1":".5","arg2":"5."'), { left: 0.5, right: 5 })
  for (const bad of ['"Infinity"', '"0x1F"', '""', '"1,5"', '1e400', 'null', 'true', '[1]']) {
    t.equal(parsed(`,"arg2":${bad}`).right, null, bad)
  }
  t.equal(parseTask('{"id":1,"operation":"+"}')?.left, null)
})

test('an operation time that is missing, negative or absurd is corrected', async t => {
  const time = (text: string): number => parsed(`,"operation_time":${text}`).timeMs
  t.equal(parsed('').timeMs, 0)
  t.strictSame(['0', '-5', 'null', '"x"', '""', '{}', '-1e999'].map(time), [0, 0, 0, 0, 0, 0, 0])
  t.strictSame(['12', '"250"', '0.5'].map(time), [12, 250, 0.5])
  t.strictSame(['1e300', '1e999'].map(time), [MAX_TIME_MS, MAX_TIME_MS])
})

test('operands may be a list, and operation times in nanoseconds', async t => {
  t.match(parseTask('{"id":"u","args":[6,"7"],"operation":"*"}'), { left: 6, right: 7, takesErrors: true })
  t.match(parseTask('{"id":"u","args":[6,null],"operation":"-"}'), { left: 6, right: null })
  t.equal(parsed(',"operation_time":20000000', 1e6).timeMs, 20)
  t.equal(parsed(',"operation_time":1e300', 1e6).timeMs, MAX_TIME_MS)
})

test('a batch is read in its order, and shows that the orchestrator speaks the whole protocol', async t => {
  const first = '{"id":1,"arg1":6,"arg2":7,"operation":"*","operation_time":5,"lease":"a.1","lease_ms":10005}'
  const second = '{"id":"2","arg1":1,"arg2":0,"operation":"/","operation_time":0,"lease":"a.2","lease_ms":10005}'
  const claimed = parseClaim(`{"accepted":true,"task":${first},"tasks":[${first},${second}]}`)
  t.match(claimed, {
    extended: true,
    tasks: [
      { id: '1', lease: '"a.1"', leaseMs: 10_005, left: 6, right: 7, timeMs: 5 },
      { id: '"2"', lease: '"a.2"', leaseMs: 10_005, operation: '/' }
    ]
  })
  t.equal(parseClaim('{"accepted":true,"task":null,"tasks":[]}'), null)
  t.throws(() => parseClaim('{"tasks":[5]}'), Error)
  t.throws(() => parseClaim('{"tasks":[{"operation":"+"}]}'), Error)
})
