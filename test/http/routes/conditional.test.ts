import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { build, claim, submit } from '../helper.js'

const ONE = '/api/v1/expressions/1'
const LIST = '/api/v1/expressions'

async function get (app: FastifyInstance, url: string, known?: string) {
  const headers = known === undefined ? {} : { 'if-none-match': known }
  const response = await app.inject({ url, headers })
  return { status: response.statusCode, etag: String(response.headers['etag']), response }
}

async function report (app: FastifyInstance, id: number, result: number): Promise<void> {
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id, result } })
}

/** Each step changes what is shown. */
const STEPS: ReadonlyArray<(app: FastifyInstance) => Promise<unknown>> = [
  app => claim(app), app => report(app, 1, 4), app => report(app, 2, 6)
]

test('an expression has a strong tag that changes whenever the expression does', async t => {
  const { app } = build(t)
  await submit(app, '2+2*2')
  const tags = new Set<string>()
  for (const step of [async () => {}, ...STEPS]) {
    await step(app)
    const { status, etag, response } = await get(app, ONE)
    t.equal(status, 200)
    t.match(etag, /^"[^"]+"$/)
    t.equal(response.headers['cache-control'], 'no-cache')
    tags.add(etag)

    const unchanged = await get(app, ONE, etag)
    t.equal(unchanged.status, 304)
    t.equal(unchanged.response.body, '')
    t.equal(unchanged.etag, etag)
    t.equal(unchanged.response.headers['content-type'], undefined)
  }
  t.equal(tags.size, 4)
  for (const old of [...tags].slice(0, 3)) t.equal((await get(app, ONE, old)).status, 200, 'never stale')
})

test('If-None-Match may be a list, weak, or anything', async t => {
  const { app } = build(t)
  await submit(app, '2+2')
  const { etag } = await get(app, ONE)
  for (const known of ['*', `W/${etag}`, `"other", ${etag}`, ` ${etag} ,"x"`]) {
    t.equal((await get(app, ONE, known)).status, 304, known)
  }
  for (const other of ['"other"', '', etag.slice(1, -1), 'W/"x"']) {
    t.equal((await get(app, ONE, other)).status, 200, other)
  }
  t.equal((await get(app, '/api/v1/expressions/9', '*')).status, 404)
})

test('a wait goes before the comparison', async t => {
  const { app } = build(t)
  await submit(app, '2+2')
  const { etag } = await get(app, ONE)
  const waiting = get(app, `${ONE}?wait=60`, etag)
  await turn()
  await report(app, 1, 4)
  t.equal((await waiting).status, 200)
})

test('the same id of a store that was begun anew has another tag', async t => {
  const [old, young] = [build(t), build(t)]
  young.clock.advance(1_000)
  const tags = await Promise.all([old, young].map(async ({ app }) => {
    await submit(app, '2+2')
    return (await get(app, ONE)).etag
  }))
  t.not(tags[0], tags[1])
})

test('the list has a tag that changes with it, and never for nothing', async t => {
  const { app } = build(t)
  const tags = [(await get(app, LIST)).etag]
  async function changed (what: string, change: Promise<unknown>, does = true): Promise<void> {
    await change
    const { etag } = await get(app, LIST)
    t.equal(etag !== tags.at(-1), does, what)
    t.equal((await get(app, LIST, etag)).status, 304, what)
    tags.push(etag)
  }
  await changed('a submit', submit(app, '2+2*2'))
  await changed('the first claim', claim(app))
  await changed('a result that ends nothing', report(app, 1, 4), false)
  await changed('another claim', claim(app), false)
  await changed('the end', report(app, 2, 6))
  await changed('a submit that is over at once', submit(app, '7'))
  await changed('a failure', submit(app, '1/0'))
  await submit(app, '1+1')
  tags.push((await get(app, LIST)).etag)
  await changed('a cancellation', app.inject({ method: 'DELETE', url: `${LIST}/4` }))
  await changed('nothing', Promise.resolve(), false)
  t.match((await get(app, LIST)).response.json(), {
    expressions: [
      { id: 1, result: 6 }, { id: 2, result: 7 }, { id: 3, status: 'failed' }, { id: 4, status: 'cancelled' }
    ]
  })
})

test('an unchanged list is built once for each query', async t => {
  let built = 0
  const { app } = build(t, {
    store: real => ({
      async list (query) {
        built++
        return real.list(query)
      }
    })
  })
  await submit(app, '2+2')
  const all = await Promise.all(Array.from({ length: 5 }, () => get(app, LIST)))
  t.equal(built, 1, 'also for those who ask at once')
  t.equal(new Set(all.map(({ response }) => response.body)).size, 1)
  for (const query of ['?limit=1', '?limit=2', '?status=pending', '?kind=all', '?after=0', '?limit=1']) {
    await get(app, LIST + query)
  }
  t.equal(built, 6)
  await get(app, LIST)
  t.equal(built, 6)
  await submit(app, '3+3')
  t.equal((await get(app, LIST)).response.json<{ expressions: unknown[] }>().expressions.length, 2)
  t.equal(built, 7)
})

test('a list that could not be read is read again', async t => {
  let fails = true
  const { app } = build(t, {
    store: real => ({
      async list (query) {
        if (!fails) return real.list(query)
        fails = false
        throw new Error('No disk')
      }
    })
  })
  t.equal((await get(app, LIST)).status, 500)
  t.equal((await get(app, LIST)).status, 200)
})

test('a long list is written in slices, and others have their turn between them', async t => {
  const entries = 5_000
  const { app } = build(t, {
    store: real => ({
      async list (query) {
        const [entry] = await real.list(query)
        return Array.from({ length: entries }, (_, index) => ({ ...entry!, id: index + 1 }))
      }
    })
  })
  await submit(app, '2+2')
  let turns = 0
  const listing = get(app, LIST).finally(() => { turns = -turns })
  while (turns >= 0 && turns < 1_000) {
    await turn()
    if (turns >= 0) turns++
  }
  const { response } = await listing
  t.ok(-turns >= entries / 1_000, `${-turns} turns`)
  const { expressions } = response.json<{ expressions: Array<{ id: number }> }>()
  t.strictSame(expressions.map(({ id }) => id), Array.from({ length: entries }, (_, index) => index + 1))
  t.equal(response.headers['content-type'], 'application/json; charset=utf-8')
})

test('HEAD answers 304 without a length, and 200 with one', async t => {
  const { app } = build(t)
  await submit(app, '2+2*2')
  for (const url of [ONE, LIST]) {
    const { etag } = await get(app, url)
    const whole = await app.inject({ method: 'HEAD', url })
    t.equal(whole.headers['content-length'], String((await app.inject(url)).rawPayload.length))
    const unchanged = await app.inject({ method: 'HEAD', url, headers: { 'if-none-match': etag } })
    t.equal(unchanged.statusCode, 304)
    t.equal(unchanged.headers['content-length'], undefined)
    t.equal(unchanged.headers['etag'], etag)
  }
})
