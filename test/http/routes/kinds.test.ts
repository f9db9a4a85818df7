import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { build, submit } from '../helper.js'

interface Entry {
  readonly id: number
  readonly kind?: string
}

async function submitOfEach (app: FastifyInstance): Promise<void> {
  await submit(app, '1+2')
  await app.inject({ method: 'POST', url: '/api/expression', payload: { expression: '3' } })
  await app.inject('/api/v1/add/4/5')
  await app.inject({ method: 'POST', url: '/create-task', payload: { name: 'Report' } })
  await submit(app, '6')
}

async function list (app: FastifyInstance, query = ''): Promise<Entry[]> {
  return (await app.inject(`/api/v1/expressions${query}`)).json<{ expressions: Entry[] }>().expressions
}

test('the list is of expressions, unless another service is named, or all', async t => {
  const { app } = build(t)
  await submitOfEach(app)
  const idsOf = async (query: string): Promise<number[]> => (await list(app, query)).map(({ id }) => id)
  t.strictSame(await idsOf(''), [1, 5])
  t.strictSame(await idsOf('?kind=expression'), [1, 5])
  t.strictSame(await idsOf('?kind=calculation'), [2])
  t.strictSame(await idsOf('?kind=job-order'), [3])
  t.strictSame(await idsOf('?kind=io-task'), [4])
  t.strictSame(await idsOf('?kind=all'), [1, 2, 3, 4, 5])
  t.strictSame(await idsOf('?kind=all&after=1&limit=3&status=pending'), [3, 4])
  t.strictSame(await idsOf('?status=completed'), [5])
})

test('a kind that is none is refused, and the others are named', async t => {
  const { app } = build(t)
  for (const kind of ['foo', 'job_order', 'ALL', '']) {
    const response = await app.inject(`/api/v1/expressions?kind=${kind}`)
    t.equal(response.statusCode, 422, kind)
    t.match(response.json(), {
      code: 'query_invalid', detail: /"kind": expected one of expression, calculation, job-order, io-task, all$/
    })
  }
})

test('what came from another service says from which, and nothing changes for the others', async t => {
  const { app } = build(t)
  await submitOfEach(app)
  t.strictSame((await list(app, '?kind=all')).map(({ kind }) => kind),
    [undefined, 'calculation', 'job-order', 'io-task', undefined])
  t.strictSame(Object.keys((await list(app))[0]!), ['id', 'status', 'result', 'created_at'])
  const job = await app.inject('/api/v1/expressions/3')
  t.match(job.json(), { expression: { kind: 'job-order', expression: '4 + 5' } })
  t.notOk('kind' in (await app.inject('/api/v1/expressions/1')).json<{ expression: object }>().expression)
})

test('a list that has changed for one service is built anew', async t => {
  const { app } = build(t)
  await submitOfEach(app)
  const tag = (await app.inject('/api/v1/expressions?kind=io-task')).headers['etag']
  const again = { url: '/api/v1/expressions?kind=io-task', headers: { 'if-none-match': String(tag) } }
  t.equal((await app.inject(again)).statusCode, 304)
  await app.inject({ method: 'POST', url: '/create-task', payload: { name: 'Another' } })
  t.equal((await app.inject(again)).statusCode, 200)
})
