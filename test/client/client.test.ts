import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'tap'
import { createClient } from '../../src/client/client.js'
import { LonghandError } from '../../src/client/error.js'
import { SILENT_MS } from '../../src/client/exchange.js'
import { entryOf, expressionOf, operationOf } from './objects.js'
import { createHastyClock, cut, scriptServer, sendJson, sendProblem } from './scripted-server.js'

/** A client without delays, whose pauses are as long as they may be. */
function clientOf (url: string, retries = 3) {
  const clock = createHastyClock()
  return { clock, client: createClient(url, { clock, random: () => 1, retry: { retries, baseMs: 100, capMs: 300 } }) }
}

test('calculate', async t => {
  await t.test('a text, or an expression with variables; answers the id', async t => {
    const server = await scriptServer(t, (_, response, count) => sendJson(response, { id: count }, 201))
    const { client } = clientOf(server.url)
    t.equal(await client.calculate('2+2*2'), 1)
    t.equal(await client.calculate({ expression: 'x*t', variables: { x: 10, t: 2 } }), 2)
    t.same(server.received.map(({ method, target, body }) => [method, target, JSON.parse(body)]), [
      ['POST', '/api/v1/calculate', { expression: '2+2*2' }],
      ['POST', '/api/v1/calculate', { expression: 'x*t', variables: { x: 10, t: 2 } }]
    ])
  })

  await t.test('repeats itself with the same key after a lost answer and a busy server', async t => {
    const server = await scriptServer(t, async (_, response, count) => {
      if (count === 1) response.socket?.resetAndDestroy()
      else if (count === 2) sendProblem(response, 503, 'draining', { 'retry-after': 5 })
      else if (count === 3) {
        response.writeHead(201, { 'content-length': 100 }).write('{"id"')
        await cut(response)
      } else sendJson(response, { id: 7 }, 201)
    })
    const { client, clock } = clientOf(server.url)
    t.equal(await client.calculate('1+1'), 7)
    const keys = new Set(server.received.map(({ headers }) => headers['idempotency-key']))
    t.equal(server.received.length, 4)
    t.equal(keys.size, 1)
    t.match([...keys][0], /^[0-9a-f]{32}$/)
    t.same(clock.pauses, [100, 5_200, 300], 'the delay doubles up to its limit, after the time that the server names')
    await client.calculate('1+1')
    t.notOk(keys.has(server.received.at(-1)?.headers['idempotency-key']), 'the next one has another key')
  })

  await t.test('takes a key', async t => {
    const server = await scriptServer(t, (_, response) => sendJson(response, { id: 1 }, 201))
    await clientOf(server.url).client.calculate('1+1', { idempotencyKey: 'order-17' })
    t.match(server.received, [{ headers: { 'idempotency-key': 'order-17' } }])
  })
})

test('errors', async t => {
  await t.test('a refusal has the members of the problem document', async t => {
    const server = await scriptServer(t, (_, response) => {
      const problem = { detail: 'Unexpected end of the expression', code: 'unexpected_end', position: 2, length: 0 }
      sendJson(response, problem, 422, { 'content-type': 'application/problem+json' })
    })
    const error: unknown = await clientOf(server.url).client.calculate('2+').catch((error: unknown) => error)
    t.ok(error instanceof LonghandError && error instanceof Error)
    t.match(error, {
      name: 'LonghandError',
      message: 'Unexpected end of the expression',
      code: 'unexpected_end',
      status: 422,
      position: 2,
      length: 0
    })
    t.equal(server.received.length, 1, 'it is not repeated')
  })

  await t.test('a server that stays busy is given up after the last repeat', async t => {
    const server = await scriptServer(t, (_, response) => {
      sendProblem(response, 503, 'queue_full', { 'retry-after': 1 })
    })
    await t.rejects(clientOf(server.url, 2).client.calculate('1'), {
      code: 'queue_full', status: 503, retryAfterS: 1, position: undefined
    })
    t.equal(server.received.length, 3)
  })

  await t.test('without a connection, the error has its cause', async t => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    taken.close()
    const port = typeof address === 'object' ? address?.port : 0
    const { client, clock } = clientOf(`http://127.0.0.1:${port}`)
    await t.rejects(client.agents(), {
      code: 'connection_failed', status: undefined, message: /ECONNREFUSED/, cause: TypeError
    })
    t.equal(clock.pauses.length, 3)
  })

  await t.test('an answer of another server is told apart', async t => {
    const page = await scriptServer(t, (_, response) => response.end('<p>Welcome'))
    await t.rejects(clientOf(page.url).client.agents(), { code: 'answer_invalid', cause: SyntaxError })
    const missing = await scriptServer(t, (_, response) => response.writeHead(404).end('<p>Not found'))
    await t.rejects(clientOf(missing.url).client.agents(), { code: 'answer_invalid', status: 404 })
  })

  await t.test('a proxy without its server is asked again', async t => {
    const server = await scriptServer(t, (_, response, count) => {
      if (count < 3) response.writeHead(count === 1 ? 502 : 504).end('<p>Bad gateway')
      else sendJson(response, { agents: [], unserved: [] })
    })
    t.same(await clientOf(server.url).client.agents(), { agents: [], unserved: [] })
  })

  await t.test('a silent server counts as one without a connection', async t => {
    const server = await scriptServer(t, (_, response, count) => {
      if (count === 2) sendJson(response, { agents: [], unserved: [] })
    })
    const { client, clock } = clientOf(server.url)
    const answer = client.agents()
    const [first] = await server.receive(1)
    t.same(clock.waits, [45_000])
    clock.silence()
    await first?.gone
    t.same(await answer, { agents: [], unserved: [] })
    t.same(clock.waits, [], 'no timer is left')
  })

  await t.test('a signal ends the request and its pauses with its reason', async t => {
    const server = await scriptServer(t, () => {})
    const { client } = clientOf(server.url)
    const controller = new AbortController()
    const answer = client.agents({ signal: controller.signal })
    const [received] = await server.receive(1)
    controller.abort(new Error('enough'))
    await t.rejects(answer, { message: 'enough' })
    await received?.gone
    await t.rejects(client.agents({ signal: controller.signal }), { message: 'enough' })
    t.equal(server.received.length, 1)

    const busy = await scriptServer(t, (_, response) => sendProblem(response, 503, 'draining', { 'retry-after': 9 }))
    const pausing = new AbortController()
    const after = (delayMs: number): () => void => {
      if (delayMs < SILENT_MS) setImmediate(() => pausing.abort())
      return () => {}
    }
    const waiting = createClient(busy.url, { clock: { monotonic: () => 0, after } })
    await t.rejects(waiting.agents({ signal: pausing.signal }), { name: 'AbortError' })
  })
})

test('expression', async t => {
  await t.test('waits in steps that the server accepts', async t => {
    const server = await scriptServer(t, (_, response, count) => {
      clock.pass([60_000, 60_000, 10_000][count - 1] ?? 0)
      sendJson(response, { expression: expressionOf(5, count === 3 ? 'completed' : 'in_progress') })
    })
    const { client, clock } = clientOf(server.url)
    t.match(await client.expression(5, { waitS: 150 }), { id: 5, status: 'completed', result: 6 })
    t.same(server.received.map(({ target }) => target), ['60', '60', '30'].map(s => `/api/v1/expressions/5?wait=${s}`))
    t.same(clock.pauses, [])
  })

  await t.test('answers an unfinished one at once, or when its time is over', async t => {
    const server = await scriptServer(t, (_, response) => sendJson(response, { expression: expressionOf(5) }))
    const { client } = clientOf(server.url)
    t.equal((await client.expression(5)).status, 'in_progress')
    t.equal((await client.expression(5, { waitS: 0.5 })).status, 'in_progress')
    t.same(server.received.map(({ target }) => target), ['/api/v1/expressions/5', '/api/v1/expressions/5?wait=0.5'])
    await t.rejects(client.expression(5, { waitS: -1 }), RangeError)
  })

  await t.test('pauses after a wait that the server ended early', async t => {
    const server = await scriptServer(t, (_, response, count) => {
      sendJson(response, { expression: expressionOf(5, count === 2 ? 'cancelled' : 'in_progress') })
    })
    const { client, clock } = clientOf(server.url)
    t.match(await client.expression(5, { waitS: Infinity }), { status: 'cancelled' })
    t.same(clock.pauses, [1_000])
  })
})

test('operations are those of all pages', async t => {
  const server = await scriptServer(t, ({ target }, response) => {
    const after = Number(new URLSearchParams(target.split('?')[1]).get('after'))
    const operations = [operationOf(after + 1), operationOf(after + 2)]
    sendJson(response, { total: 6, operations, ...after < 4 && { next: after + 2 } })
  })
  const operations = await clientOf(server.url).client.operations(1)
  t.same(operations.map(({ id }) => id), [1, 2, 3, 4, 5, 6])
})

test('expressions takes the query of the list', async t => {
  const server = await scriptServer(t, (_, response) => sendJson(response, { expressions: [entryOf(3)], next: 3 }))
  const { client } = clientOf(server.url)
  t.same(await client.expressions({ limit: 1, after: 2, status: 'pending', kind: 'all' }), {
    expressions: [entryOf(3)], next: 3
  })
  await client.expressions()
  t.match(server.received, [{ target: '/api/v1/expressions?limit=1&after=2&status=pending&kind=all' }, {
    target: /^\/api\/v1\/expressions\??$/
  }])
})

test('cancel', async t => {
  await t.test('answers the cancelled expression', async t => {
    const server = await scriptServer(t, (_, response) => {
      sendJson(response, { expression: expressionOf(1, 'cancelled') }, 202)
    })
    t.match(await clientOf(server.url).client.cancel(1), { id: 1, status: 'cancelled' })
    t.match(server.received, [{ method: 'DELETE', target: '/api/v1/expressions/1' }])
  })

  await t.test('a repeat after a lost answer finds the expression cancelled', async t => {
    const server = await scriptServer(t, ({ method }, response, count) => {
      if (count === 1) response.socket?.resetAndDestroy()
      else if (method === 'DELETE') sendProblem(response, 409, 'expression_final')
      else sendJson(response, { expression: expressionOf(1, 'cancelled') })
    })
    t.match(await clientOf(server.url).client.cancel(1), { status: 'cancelled' })
  })

  await t.test('an expression that is final in another way is not cancelled', async t => {
    for (const isLost of [false, true]) {
      const server = await scriptServer(t, ({ method }, response, count) => {
        if (isLost && count === 1) response.socket?.resetAndDestroy()
        else if (method === 'DELETE') sendProblem(response, 409, 'expression_final')
        else sendJson(response, { expression: expressionOf(1, 'completed') })
      })
      await t.rejects(clientOf(server.url).client.cancel(1), { code: 'expression_final', status: 409 })
    }
  })
})

test('the URL may have a path, and further headers are sent with every request', async t => {
  const server = await scriptServer(t, (_, response) => sendJson(response, { agents: [], unserved: [] }))
  const headers = { Authorization: 'Basic YTpi' }
  for (const url of [`${server.url}/lab/`, new URL('/lab', server.url)]) await createClient(url, { headers }).agents()
  const request = { target: '/lab/api/v1/agents', headers: { authorization: 'Basic YTpi' } }
  t.match(server.received, [request, request])
})

test('fetch may be replaced, and the URL of a page may be relative', async t => {
  const urls: string[] = []
  const fetch = async (url: string | URL | Request): Promise<Response> => {
    urls.push(String(url))
    return Response.json({ agents: [], unserved: [] })
  }
  for (const url of ['', '/lab', 'lab/']) await createClient(url, { fetch }).agents()
  t.same(urls, ['/api/v1/agents', '/lab/api/v1/agents', 'lab/api/v1/agents'])
})

test('a URL that is not that of a server is refused, and headers that cannot be sent', async t => {
  for (const url of ['ftp://a.example', 'localhost:8080', 'http://a:b@c.example', 'http://a.example/?b', '/#a']) {
    t.throws(() => createClient(url), TypeError, url)
  }
  t.throws(() => createClient('/', { headers: { a: 'b\nc' } }), TypeError)
})
