/** The client at a real server: what a reader has followed is what GET shows, whatever happened to its connections. */
import { test } from 'tap'
import { type Client, createClient } from '../../src/client/client.js'
import type { ExpressionUpdate, ListUpdate } from '../../src/client/state.js'
import { launchServer } from './launch.js'

const FAST = { COMPUTING_POWER: 8, TIME_ADDITION_MS: 5, TIME_MULTIPLICATIONS_MS: 5 }

/** Products and a sum, of different operands so that none is computed only once. */
const LONG = Array.from({ length: 150 }, (_, index) => `${index + 1.5}*${index + 2.25}`).join('+')

/** A fetch whose streams of events break after so many pieces. */
function breakingFetch (pieces: number): { fetch: typeof globalThis.fetch, broken: () => number } {
  let broken = 0
  return {
    broken: () => broken,

    async fetch (input, init) {
      const response = await fetch(input, init)
      if (response.body === null || !String(input).endsWith('/events')) return response
      let left = pieces
      const breaking = new TransformStream<Uint8Array, Uint8Array>({
        transform (piece, controller) {
          if (left-- > 0) return controller.enqueue(piece)
          broken++
          controller.error(new TypeError('broken'))
        }
      })
      return new Response(response.body.pipeThrough(breaking), response)
    }
  }
}

async function last<T> (items: AsyncIterable<T>): Promise<T | undefined> {
  let latest: T | undefined
  for await (const item of items) latest = item
  return latest
}

async function shown (client: Client, id: number) {
  return { expression: await client.expression(id), operations: await client.operations(id) }
}

function picked (update: ExpressionUpdate | undefined) {
  return { expression: update?.expression, operations: update?.operations }
}

test('an expression that was watched to its end is as GET shows it', async t => {
  t.testdir({})
  const { url } = await launchServer(t, { ...FAST, DATA_FILE: 'memory:' })
  const client = createClient(url)

  await t.test('over one connection', async t => {
    const id = await client.calculate(LONG)
    const update = await last(client.watch(id))
    t.equal(update?.expression.status, 'completed')
    t.strictSame(picked(update), await shown(client, id))
    t.ok(update?.operations.every(({ state, outcome }) => state === 'completed' && outcome === 'completed'))
    const again = await last(client.watch(id, { after: update }))
    t.equal(again, undefined, 'nothing follows its end')
  })

  await t.test('over connections that break', async t => {
    const { fetch, broken } = breakingFetch(2)
    const breaking = createClient(url, { fetch, retry: { baseMs: 1 } })
    const id = await breaking.calculate(LONG)
    const update = await last(breaking.watch(id))
    t.ok(broken() > 0)
    t.strictSame(picked(update), await shown(client, id))
  })

  await t.test('cancelled', async t => {
    const id = await client.calculate(LONG.replaceAll('*', '/'))
    const updates = client.watch(id)
    await updates.next()
    t.match(await client.cancel(id), { status: 'cancelled' })
    const update = await last(updates)
    t.strictSame(picked(update), await shown(client, id))
  })

  await t.test('unknown', async t => {
    await t.rejects(client.watch(1e6).next(), { code: 'expression_unknown', status: 404 })
  })
})

test('a reader of the list has what GET shows', async t => {
  t.testdir({})
  const { url } = await launchServer(t, { ...FAST, DATA_FILE: 'memory:' })
  const client = createClient(url)
  const ids = [await client.calculate('1+2'), await client.calculate('2+3')]
  let update: ListUpdate | undefined
  for await (update of client.watchList()) {
    if (ids.length === 2) ids.push(await client.calculate('3+4'))
    const completed = update.expressions.filter(({ status }) => status === 'completed')
    if (completed.length === 3 && update.agents.length > 0) break
  }
  t.strictSame(update?.expressions, (await client.expressions({ kind: 'all' })).expressions)
  t.same(update?.expressions.map(({ id }) => id), ids)
  const names = update?.agents.map(({ name }) => name)
  t.same(names, (await client.agents()).agents.map(({ name }) => name))
})

test('a reader outlives a server that is killed, and misses nothing', async t => {
  t.testdir({})
  const settings = { ...FAST, TIME_ADDITION_MS: 20 }
  const first = await launchServer(t, settings)
  const client = createClient(first.url, { retry: { baseMs: 20, capMs: 200 } })
  const id = await client.calculate(LONG)
  let restarted: Promise<unknown> | undefined
  let update: ExpressionUpdate | undefined
  for await (update of client.watch(id)) {
    if (restarted !== undefined || update.expression.operations.completed === 0) continue
    restarted = first.stop('SIGKILL').then(() => launchServer(t, { ...settings, PORT: new URL(first.url).port }))
  }
  await restarted
  t.equal(update?.expression.status, 'completed')
  t.strictSame(picked(update), await shown(client, id))
})
