/** Existing agents for the plain contract, each as strict and as odd as it was seen to be. */
import type { FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import { build, submit } from '../../helper.js'

type Body = Readonly<Record<string, unknown>>

/** What an agent reads of an answer; throws where its decoder does. */
interface Understood {
  readonly id: unknown
  readonly one: unknown
  readonly other: unknown
  readonly operation: unknown
  readonly more?: Body
}

interface Dialect {
  readonly agent: string
  readonly ids: 'number' | 'string'
  /** Whether it waits for GET /internal/ping before it begins. */
  readonly pings?: boolean
  readonly read: (answer: Body) => Understood
  readonly report: (task: Understood, result: number, answer: Body) => unknown
}

/** A member, of the type into which the agent decodes it. */
function member (body: Body, name: string, type: 'number' | 'string'): unknown {
  const value = body[name]
  // A Go decoder skips a missing member and fails on one of another type.
  const fits = type === 'number' ? typeof value === 'number' : typeof value === 'string'
  if (value !== undefined && !fits) throw new Error(`${name} is not a ${type}`)
  return value
}

function fields (task: Body, ids: 'number' | 'string'): Understood {
  const time = member(task, 'operation_time', 'number')
  if (!Number.isInteger(time)) throw new Error('operation_time is not an integer')
  return {
    id: member(task, 'id', ids),
    one: member(task, 'arg1', 'number'),
    other: member(task, 'arg2', 'number'),
    operation: member(task, 'operation', 'string')
  }
}

const wrappedIn = (ids: 'number' | 'string') => (answer: Body): Understood => fields(answer['task'] as Body, ids)
const flatIn = (ids: 'number' | 'string') => (answer: Body): Understood => fields(answer, ids)
const plain = ({ id }: Understood, result: number): unknown => ({ id, result })

const DIALECTS: readonly Dialect[] = [
  { agent: 'lamentoeldi', ids: 'number', pings: true, read: wrappedIn('number'), report: plain },
  {
    agent: 'sabure',
    ids: 'number',
    read: wrappedIn('number'),
    report: (_task, result, { task }) => ({ task: { ...task as Body, Result: result } })
  },
  { agent: 'Vlod-and-whot', ids: 'number', read: wrappedIn('number'), report: plain },
  {
    agent: 'kingof',
    ids: 'number',
    read: wrappedIn('number'),
    report: ({ id }, result) => ({ id, result, operation_time: 1_000_000 })
  },
  {
    agent: 'PavelBradnitski',
    ids: 'number',
    read (answer) {
      const task = wrappedIn('number')(answer)
      return { ...task, more: { expId: member(answer['task'] as Body, 'expId', 'number') } }
    },
    report: ({ id, more }, result) => ({ ...more, taskId: id, result })
  },
  { agent: 'arniknz', ids: 'string', read: wrappedIn('string'), report: plain },
  {
    agent: 'azizov',
    ids: 'string',
    read (answer) {
      const more = { expression_id: member(answer['task'] as Body, 'expression_id', 'string') }
      return { ...wrappedIn('string')(answer), more }
    },
    report: ({ id, more }, result) => ({ id, result, ...more })
  },
  { agent: 'FessLeru', ids: 'string', read: wrappedIn('string'), report: plain },
  { agent: 'ivan', ids: 'string', read: flatIn('string'), report: plain },
  { agent: 'wrristin', ids: 'string', read: flatIn('string'), report: plain },
  {
    agent: 'OinkiePie calc_2',
    ids: 'string',
    read (answer) {
      const [one, other] = answer['args'] as unknown[]
      if (typeof one !== 'number' || typeof other !== 'number') throw new Error('args are not numbers')
      const more = { expression: member(answer, 'expression', 'string') }
      return { ...flatIn('string')(answer), one, other, more }
    },
    report: ({ id, more }, result) => ({ ...more, id, result, error: '' })
  }
]

/** Works until no task is left. */
async function workAll (t: Test, app: FastifyInstance, { read, report, pings = false }: Dialect): Promise<void> {
  if (pings) t.equal((await app.inject('/internal/ping')).statusCode, 200)
  for (;;) {
    const response = await app.inject('/internal/task')
    if (response.statusCode === 404) {
      t.equal(response.body, '', 'FessLeru decodes any body')
      return
    }
    const answer = response.json<Body>()
    const task = read(answer)
    const [one, other] = [Number(task.one), Number(task.other)]
    const payload = JSON.stringify(report(task, task.operation === '*' ? one * other : one + other, answer))
    const posted = await app.inject({ method: 'POST', url: '/internal/task', payload })
    t.equal(posted.statusCode, 200, payload)
  }
}

for (const dialect of DIALECTS) {
  test(`the agent of ${dialect.agent} computes 2+2*2`, async t => {
    const { app } = build(t, { settings: { DIALECTS: 'on', TASK_ID_FORMAT: dialect.ids } })
    await submit(app, '2+2*2')
    await workAll(t, app, dialect)
    t.match((await app.inject('/api/v1/expressions/1')).json(), { expression: { status: 'completed', result: 6 } })
  })
}

test('members may be written in any case', async t => {
  const { app } = build(t, { settings: { DIALECTS: 'on' } })
  for (const payload of ['{"ID":1,"Result":2}', '{"TaskId":2,"RESULT":2}', '{"Task":{"Id":"3","result":2}}']) {
    await submit(app, '1+1')
    await app.inject('/internal/task')
    const response = await app.inject({ method: 'POST', url: '/internal/task', payload })
    t.strictSame(response.json(), { accepted: true }, payload)
  }
})

test('a text as error or msg means that the task failed; an empty one does not', async t => {
  const { app } = build(t, { settings: { DIALECTS: 'on' } })
  await submit(app, '6*7')
  const post = (payload: object) => app.inject({ method: 'POST', url: '/internal/task', payload })
  for (const payload of [
    { id: 1, result: 0, error: 'no paper' }, { ID: 1, msg: 'no paper' }, { task: { id: 1, error: 'no paper' } }
  ]) {
    await app.inject('/internal/task')
    t.strictSame((await post(payload)).json(), { accepted: true })
    t.match((await app.inject('/api/v1/expressions/1')).json(), { expression: { status: 'in_progress', result: null } })
  }
  await app.inject('/internal/task')
  t.strictSame((await post({ id: 1, result: 42, error: '', msg: null })).json(), { accepted: true })
  t.match((await app.inject('/api/v1/expressions/1')).json(), { expression: { result: 42 } })
})

test('a body that is not a report in any dialect is refused and changes nothing', async t => {
  const { app } = build(t, { settings: { DIALECTS: 'on' } })
  await submit(app, '6*7')
  for (const payload of ['{"id":"","result":0}', '{"id":0,"result":0}', '{}', '[]', '{"task":null}', '{"id":1}']) {
    const response = await app.inject({ method: 'POST', url: '/internal/task', payload })
    t.equal(response.statusCode, 422, payload)
  }
  const unknown = await app.inject({ method: 'POST', url: '/internal/task', payload: { taskId: 9, result: 0 } })
  t.equal(unknown.statusCode, 404)
  t.match((await app.inject('/internal/task')).json(), { id: 1, attempt: 1 })
})

test('our own agents get the protocol without dialects', async t => {
  const { app } = build(t, { settings: { DIALECTS: 'on' } })
  await submit(app, '1*2+3*4')
  const claimed = await app.inject('/internal/task?max=2')
  t.match(claimed.json(), { task: { id: 1 }, tasks: [{ id: 1 }, { id: 2 }] })
  const payload = { results: [{ id: 1, result: 2 }, { id: 2, result: 12 }] }
  const reported = await app.inject({ method: 'POST', url: '/internal/task?next=1&max=2', payload })
  t.match(reported.json(), { results: [{ accepted: true }, { accepted: true }], task: { id: 3 }, tasks: [{ id: 3 }] })
})

test('without the setting there are no dialects', async t => {
  const { app } = build(t)
  await submit(app, '6*7')
  const answer = (await app.inject('/internal/task')).json<Body>()
  t.strictSame(Object.keys(answer), ['task'])
  t.notOk('args' in (answer['task'] as Body))
  for (const payload of [{ taskId: 1, result: 42 }, { ID: 1, Result: 42 }, { task: { id: 1, result: 42 } }]) {
    t.equal((await app.inject({ method: 'POST', url: '/internal/task', payload })).statusCode, 422)
  }
  t.equal((await app.inject('/internal/ping')).statusCode, 404)
})
