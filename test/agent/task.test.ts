import { test } from 'tap'
import { type TaskReport, manyReports, plainReports, verdictsIn } from '../../src/agent/report.js'
import { type AgentTask, MAX_TIME_MS, type TimeUnit, parseClaim } from '../../src/agent/task.js'
import { leasedTask, plainTask } from './tasks.js'

const WRAPPED = '{"task":{"id":7,"arg1":1.5,"arg2":-2,"operation":"*","operation_time":200,"lease":"L-1","attempt":2}}'

/** The one task of a body; null when there is none. */
function parseTask (body: string, unit?: TimeUnit): AgentTask | null {
  const claimed = parseClaim(body, unit)
  if (claimed === null) return null
  const [task] = claimed.tasks
  if (task === undefined || claimed.tasks.length > 1 || claimed.extended) throw new Error('not one plain task')
  return task
}

/** A report in the form that is tried first. */
function plainReport (report: TaskReport): string {
  return plainReports(report)[0]!.body
}

function parsed (members: string, unit?: TimeUnit): AgentTask {
  const task = parseTask(`{"task":{"id":1,"operation":"+","arg1":1,"arg2":2${members}}}`, unit)
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

test('a flat task beside a wrapped one is read once, and the wrapped one counts', async t => {
  const both = '{"id":1,"arg1":0,"arg2":0,"operation":"+","task":{"id":2,"arg1":6,"arg2":7,"operation":"*"}}'
  t.match(parseTask(both), { id: '2', operation: '*', left: 6, right: 7 })
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
    const report = { task: plainTask({ id }), outcome: { result: 42 } }
    t.equal(plainReport(report), `{"id":${id},"result":42}`, `reported ${id}`)
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

test('operands may be a list, and operation times in nanoseconds', async t => {
  t.match(parseTask('{"id":"u","args":[6,"7"],"operation":"*"}'), { left: 6, right: 7, takesErrors: true })
  t.match(parseTask('{"id":"u","args":[6,null],"operation":"-"}'), { left: 6, right: null })
  t.equal(parsed(',"operation_time":20000000', 'ns').timeMs, 20)
  t.equal(parsed(',"operation_time":1e300', 'ns').timeMs, MAX_TIME_MS)
})

test('a batch is read in its order, and shows that the orchestrator knows more', async t => {
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

test('a plain report echoes what the orchestrator sent along', async t => {
  const report = (body: string, unit?: TimeUnit): string => {
    const task = parseTask(body, unit)
    return task === null ? 'none' : plainReport({ task, outcome: { result: 42 } })
  }
  t.equal(report('{"id":"e","arg1":6,"arg2":7,"operation":"*","expression_id":12345678901234567890}'),
    '{"id":"e","expression_id":12345678901234567890,"result":42}')
  t.equal(report('{"id":"e","args":[6,7],"operation":"*","expression":"6*7"}'),
    '{"id":"e","expression":"6*7","result":42}')
  t.equal(report('{"expId":3,"task":{"id":5,"arg1":6,"arg2":7,"operation":"*"}}'),
    '{"id":5,"expId":3,"taskId":5,"result":42}')
})

test('where nothing was sent along, a report is first what the protocol says and no more', async t => {
  const forms = (body: string): unknown => plainReports({ task: parseTask(body)!, outcome: { result: 42 } })
  t.strictSame(forms('{"id":1,"arg1":6,"arg2":7,"operation":"*"}'), [{ form: 'plain', body: '{"id":1,"result":42}' }])
  t.strictSame(forms('{"task":{"id":1,"arg1":6,"arg2":7,"operation":"*","Result":0}}'), [
    { form: 'plain', body: '{"id":1,"result":42}' },
    {
      form: 'whole',
      body: '{"id":1,"result":42,"task":{"id":1,"arg1":6,"arg2":7,"operation":"*","Result":0,"Result":42}}'
    }
  ])
  t.strictSame(forms('{"expId":3,"task":{"id":5,"arg1":6,"arg2":7,"operation":"*"}}'), [
    { form: 'echo', body: '{"id":5,"expId":3,"taskId":5,"result":42}' },
    { form: 'plain', body: '{"id":5,"result":42}' },
    {
      form: 'whole',
      body: '{"id":5,"expId":3,"taskId":5,"result":42,"task":{"id":5,"arg1":6,"arg2":7,"operation":"*","Result":42}}'
    }
  ])
})

test('a report has all digits of its double', async t => {
  const doubles = [0.1 + 0.2, 1 / 3, 2 ** 53 - 1, 5e-324, Number.MAX_VALUE, 1e21, 123456789.12345679]
  for (const result of doubles) {
    const report = plainReport({ task: plainTask({}), outcome: { result } })
    t.equal((JSON.parse(report) as { result: number }).result, result)
  }
})

test('an error is a text where nobody can take it for a number', async t => {
  const error = { code: 'division_by_zero', message: 'Division by zero', retryable: false }
  const report = (members: Partial<AgentTask>): unknown[] =>
    plainReports({ task: plainTask(members), outcome: { error } }).map(({ body }) => JSON.parse(body))
  const text = 'Division by zero'
  t.strictSame(report({ wrapped: '{"id":1}' }), [{ id: 1, result: text }], 'and it is not said in another way')
  t.strictSame(report({ echo: ',"expression_id":2' }), [{ id: 1, expression_id: 2, result: text }])
  t.strictSame(report({ takesErrors: true }), [{ id: 1, error: text }], 'who sends args knows a text')
  t.strictSame(report({ lease: '7' }), [{ id: 1, lease: 7, error }])
})

test('many reports carry ids and leases as they came, and the answer is read item by item', async t => {
  const error = { code: 'c', message: 'm', retryable: true }
  t.strictSame(JSON.parse(manyReports([
    { task: leasedTask(1), outcome: { result: 42 } }, { task: leasedTask(2), outcome: { error } }
  ])), { results: [{ id: 1, lease: 'L1', result: 42 }, { id: 2, lease: 'L2', error }] })
  t.equal(manyReports([]), '{"results":[]}')

  const results = [{ accepted: true }, { accepted: false }, { accepted: false, code: 'c', detail: 'd' }]
  t.strictSame(verdictsIn({ results }, 4), [
    { taken: true }, { taken: true }, { taken: false, reason: 'c: d' }, { taken: true }
  ])
  t.strictSame(verdictsIn(null, 1), [{ taken: true }])
})
