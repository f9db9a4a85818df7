import { test } from 'tap'
import { reportForms } from '../../../src/agent/dialects/report.js'
import { type ForeignTask, parseClaim } from '../../../src/agent/dialects/task.js'
import { plainTask } from '../tasks.js'

/** The forms of a report on the one task of a body. */
function formsOf (body: string): ReturnType<typeof reportForms> {
  const [task] = parseClaim(body)!.tasks
  return reportForms({ task: task!, outcome: { result: 42 } })
}

test('a plain report ignores unknown members, and echoes those of other orchestrators', async t => {
  const report = (body: string): string => formsOf(body)[0]!.body
  t.equal(report('{"id":"e","arg1":6,"arg2":7,"operation":"*","expression_id":12345678901234567890}'),
    '{"id":"e","expression_id":12345678901234567890,"result":42}')
  t.equal(report('{"id":"e","args":[6,7],"operation":"*","expression":"6*7"}'),
    '{"id":"e","expression":"6*7","result":42}')
  t.equal(report('{"expId":3,"task":{"id":5,"arg1":6,"arg2":7,"operation":"*"}}'),
    '{"id":5,"expId":3,"taskId":5,"result":42}')
})

test('without such members, a report is first what the contract says and no more', async t => {
  t.strictSame(formsOf('{"id":1,"arg1":6,"arg2":7,"operation":"*"}'), [{ form: 'plain', body: '{"id":1,"result":42}' }])
  t.strictSame(formsOf('{"task":{"id":1,"arg1":6,"arg2":7,"operation":"*","Result":0}}'), [
    { form: 'plain', body: '{"id":1,"result":42}' },
    {
      form: 'whole',
      body: '{"id":1,"result":42,"task":{"id":1,"arg1":6,"arg2":7,"operation":"*","Result":0,"Result":42}}'
    }
  ])
  t.strictSame(formsOf('{"expId":3,"task":{"id":5,"arg1":6,"arg2":7,"operation":"*"}}'), [
    { form: 'echo', body: '{"id":5,"expId":3,"taskId":5,"result":42}' },
    { form: 'plain', body: '{"id":5,"result":42}' },
    {
      form: 'whole',
      body: '{"id":5,"expId":3,"taskId":5,"result":42,"task":{"id":5,"arg1":6,"arg2":7,"operation":"*","Result":42}}'
    }
  ])
})

test('an error is a text where no orchestrator can read it as a number', async t => {
  const error = { code: 'division_by_zero', message: 'Division by zero', retryable: false }
  const report = (members: Partial<ForeignTask>): unknown[] =>
    reportForms({ task: plainTask(members), outcome: { error } }).map(({ body }) => JSON.parse(body))
  const text = 'Division by zero'
  t.strictSame(report({ wrapped: '{"id":1}' }), [{ id: 1, result: text }], 'and in no other form')
  t.strictSame(report({ echo: ',"expression_id":2' }), [{ id: 1, expression_id: 2, result: text }])
  t.strictSame(report({ takesErrors: true }), [{ id: 1, error: text }], 'one that sends args reads a text')
})
