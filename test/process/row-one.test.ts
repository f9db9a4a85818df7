import { test } from 'tap'
import { type LaunchedServer, call, launchServer } from './launch.js'

/** What the plain contract shows of an expression. */
interface Shown {
  readonly id: number
  readonly status: string
  readonly result: number | null
}

interface PlainTask {
  readonly id: number
  readonly arg1: number
  readonly arg2: number
  readonly operation: '+' | '-' | '*' | '/'
  readonly operation_time: number
}

const COMPUTE = {
  '+': (one: number, other: number) => one + other,
  '-': (one: number, other: number) => one - other,
  '*': (one: number, other: number) => one * other,
  '/': (one: number, other: number) => one / other
}

const RESULTS: ReadonlyArray<readonly [string, number]> = [
  ['2+2*2', 6], ['8-3-2', 3], ['16/4/2', 2], ['1-1', 0], ['42', 42], ['-5', -5], ['2*-3', -6], ['3--2', 5],
  ['-(2+3)', -5], ['0.1+0.2', 0.1 + 0.2], ['1/3*3', 1], ['.5+5.', 5.5], ['0-0', 0], ['(1+2)*(3+4)', 21]
]

const FAILURES: ReadonlyArray<readonly [string, string]> = [
  ['1/0', 'division_by_zero'], ['1/(1-1)', 'division_by_zero'], ['1e308*10', 'result_out_of_range']
]

/** An agent that knows nothing but the two calls of the plain contract. */
async function workAll ({ url }: LaunchedServer): Promise<void> {
  for (;;) {
    const { status, body } = await call('GET', `${url}/internal/task`)
    if (status === 404) return
    const { task } = body as { task: PlainTask }
    const result = COMPUTE[task.operation](task.arg1, task.arg2)
    await call('POST', `${url}/internal/task`, { id: task.id, result })
  }
}

test('a client that knows only the plain contract works expressions out', async t => {
  t.testdir({})
  const server = await launchServer(t, { TIME_ADDITION_MS: 7 })
  const api = `${server.url}/api/v1`

  const ids = new Map<string, number>()
  for (const [expression] of [...RESULTS, ...FAILURES]) {
    const { status, body } = await call('POST', `${api}/calculate`, { expression })
    t.equal(status, 201)
    ids.set(expression, (body as { id: number }).id)
  }
  await workAll(server)

  for (const [expression, result] of RESULTS) {
    const { body } = await call('GET', `${api}/expressions/${ids.get(expression)}`)
    t.match(body, { expression: { id: ids.get(expression), status: 'completed', result } }, expression)
  }
  for (const [expression, code] of FAILURES) {
    const { body } = await call('GET', `${api}/expressions/${ids.get(expression)}`)
    t.match(body, { expression: { status: 'failed', result: null, error: { code, message: /./ } } }, expression)
  }
  const { body } = await call('GET', `${api}/expressions`)
  const { expressions } = body as { expressions: Shown[] }
  t.same(expressions.map(({ id }) => id), [...ids.values()], 'the list is in order of submission')
  t.same(new Set(ids.values()).size, ids.size)
})

test('the plain calls answer exactly what the contract says', async t => {
  t.testdir({})
  const { url } = await launchServer(t, { TIME_MULTIPLICATIONS_MS: 1234 })
  const api = `${url}/api/v1`
  t.same(await call('GET', `${url}/internal/task`), { status: 404, body: null })
  t.same(await call('POST', `${api}/calculate`, { expression: '6*7' }), { status: 201, body: { id: 1 } })
  const { status, body } = await call('GET', `${url}/internal/task`)
  t.equal(status, 200)
  t.match(body, { task: { id: 1, arg1: 6, arg2: 7, operation: '*', operation_time: 1234 } })
  t.equal((await call('POST', `${url}/internal/task`, { id: 999, result: 1 })).status, 404)
  for (const wrong of [{}, { id: 1 }, { id: 1, result: 'x' }, { id: 1, result: null }, { id: 'one', result: 1 }]) {
    t.equal((await call('POST', `${url}/internal/task`, wrong)).status, 422, JSON.stringify(wrong))
  }
  t.equal((await call('POST', `${url}/internal/task`, { id: 1, result: 42 })).status, 200)
  t.equal((await call('GET', `${api}/expressions/2`)).status, 404)
  t.match((await call('GET', `${api}/operations`)).body, { operations: [{ symbol: '+' }, {}, { time_ms: 1234 }] })
})

test('a bad expression is refused with 422 and its position, and leaves nothing behind', async t => {
  t.testdir({})
  const { url } = await launchServer(t)
  const refused: ReadonlyArray<readonly [string, number]> = [
    ['', 0], ['2+', 2], ['((', 2], ['2 2', 2], ['(1+2)(3)', 5], ['1,5', 1], ['2+2;', 3], ['1e400', 0], ['..5', 0],
    ['1+🙂', 2], ['1+\u0000', 2]
  ]
  for (const [expression, position] of refused) {
    const { status, body } = await call('POST', `${url}/api/v1/calculate`, { expression })
    t.equal(status, 422, JSON.stringify(expression))
    t.match(body, { position, length: Number, detail: /./, type: /./ }, JSON.stringify(expression))
  }
  t.same((await call('GET', `${url}/api/v1/expressions`)).body, { expressions: [] })
})
