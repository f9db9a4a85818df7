import { test } from 'tap'
import type { Orchestrator } from '../../../src/core/orchestrator/orchestrator.js'
import { createKnowledge, openEvents } from '../event-reader.js'
import { report, serve, shown } from '../events-scene.js'
import { claim, defer, dial, request, submit } from '../helper.js'

test('a follower gets the expression with its operations, then what changes, and the end', async t => {
  const { app, api, clock } = await serve(t)
  const id = await submit(app, '(1+2)*(3+4)')
  const events = await openEvents(t, `${api}/expressions/${id}/events`)
  t.match(events.response.headers.get('content-type'), /^text\/event-stream/)
  t.equal(events.response.headers.get('cache-control'), 'no-store')
  const known = createKnowledge()
  const start = (await events.next())!
  t.match(start, { event: 'start', data: { now: new Date(clock.now()).toISOString() } })
  known.apply(start)
  t.same(known.state, await shown(app, id))

  for (const result of [3, 7, 21]) {
    const task = await claim(app)
    clock.advance(50)
    const claimed = (await events.next())!
    t.equal(claimed.data.operations?.length, 1, 'only what has changed')
    known.apply(claimed)
    t.same(known.state, await shown(app, id))
    await report(app, task, result)
    clock.advance(50)
    known.apply((await events.next())!)
    t.same(known.state, await shown(app, id))
  }
  t.match(known.state.expression, { status: 'completed', result: 21 })
  t.match(await events.next(), { event: 'end', id: 'end' })
  t.equal(await events.next(), null)
})

test('a final expression is sent whole, with its end', async t => {
  const { app, api } = await serve(t)
  const id = await submit(app, '42')
  const events = await openEvents(t, `${api}/expressions/${id}/events`)
  t.match(await events.next(), { event: 'start', data: { expression: { result: 42 } } })
  t.match(await events.next(), { event: 'end' })
  t.equal(await events.next(), null)
})

test('a follower that has seen the end gets 204, also of a deleted expression', async t => {
  const { app, api } = await serve(t)
  const id = await submit(app, '42')
  const headers = { 'last-event-id': 'end' }
  for (const [url, init] of [
    [`${api}/expressions/${id}/events`, { headers }], [`${api}/expressions/${id}/events?after=end`, {}],
    [`${api}/expressions/99/events`, { headers }]
  ] as const) {
    const response = await fetch(url, init)
    t.equal(response.status, 204)
    t.equal(await response.text(), '')
  }
  const open = await submit(app, '1+2')
  const events = await openEvents(t, `${api}/expressions/${open}/events`, headers)
  t.match(await events.next(), { event: 'start' }, 'it is not at its end')
})

test('a follower goes on from its last event, by the header or the query', async t => {
  const { app, api, clock } = await serve(t)
  const id = await submit(app, '1+2+3')
  const url = `${api}/expressions/${id}/events`
  const first = await openEvents(t, url)
  const { id: cursor } = (await first.next())!
  first.close()
  const task = await claim(app)
  for (const [target, headers] of [
    [url, { 'last-event-id': cursor }], [`${url}?after=${encodeURIComponent(cursor)}`, {}],
    [`${url}?after=nonsense`, { 'last-event-id': cursor }]
  ] as const) {
    const events = await openEvents(t, target, headers)
    const change = (await events.next())!
    t.equal(change.event, 'change')
    t.match(change.data.operations, [{ id: task.id, state: 'leased' }])
    t.equal(change.data.operations?.length, 1)
    events.close()
  }
  for (const after of ['', 'x', '0:0', 'a:1:1', '%00', 'é'.repeat(100), '9'.repeat(4_096)]) {
    const events = await openEvents(t, `${url}?after=${after === '%00' ? after : encodeURIComponent(after)}`)
    t.match(await events.next(), { event: 'start' }, after.slice(0, 10))
    events.close()
  }
  t.equal((await fetch(`${url}?after=${'9'.repeat(4_097)}`)).status, 422)
  clock.advance(50)
})

test('a follower that knows everything at the end gets the end alone', async t => {
  const { app, api, clock } = await serve(t)
  const id = await submit(app, '1+2')
  const url = `${api}/expressions/${id}/events`
  const first = await openEvents(t, url)
  await first.next()
  await report(app, await claim(app), 3)
  clock.advance(50)
  const { id: cursor } = (await first.next())!
  t.match(await first.next(), { event: 'end' })
  const again = await openEvents(t, url, { 'last-event-id': cursor })
  t.match(await again.next(), { event: 'end' })
  t.equal(await again.next(), null)
})

test('more than a thousand operations come in pieces', async t => {
  const { app, api, clock } = await serve(t, { settings: { BODY_LIMIT_BYTES: 1e6 } })
  const text = Array.from({ length: 999 }, (_, index) => `(${index}+1)`)
  const id = await submit(app, text.join('+'))
  const events = await openEvents(t, `${api}/expressions/${id}/events`)
  const known = createKnowledge()
  const first = (await events.next())!
  t.match(first, { event: 'start', data: { more: true } })
  t.equal(first.data.operations?.length, 1_000)
  known.apply(first)
  for (;;) {
    clock.advance(50)
    const event = (await events.next())!
    t.equal(event.event, 'change')
    known.apply(event)
    if (event.data.more !== true) break
  }
  t.same(known.state, await shown(app, id))
})

test('a stream is refused with a reason', async t => {
  const { app, api, port } = await serve(t)
  const id = await submit(app, '1+2')
  t.match(await (await fetch(`${api}/expressions/99/events`)).json(), { status: 404, code: 'expression_unknown' })
  const refused = [
    'application/json', 'text/html, application/json;q=0.9', 'text/event-stream;q=0', '*/*; q=0.0',
    'text/event-stream;q=0,*/*', 'text/*;q=0, */*'
  ]
  for (const accept of refused) {
    const response = await fetch(`${api}/expressions/${id}/events`, { headers: { accept } })
    t.match(await response.json(), { status: 406, code: 'not_acceptable' }, accept)
    t.equal((await fetch(`${api}/events`, { headers: { accept } })).status, 406)
  }
  const taken = [
    'text/event-stream', '*/*', 'TEXT/*;q=0.1', 'text/html, text/event-stream; q=0.5', '*/*;q=0, text/event-stream',
    '', ',,'
  ]
  for (const accept of taken) {
    const events = await openEvents(t, `${api}/expressions/${id}/events`, { accept })
    t.equal(events.response.status, 200, accept)
    events.close()
  }
  const wire = await dial(t, port)
  wire.send(request(`GET /api/v1/expressions/${id}/events`, 'accept: text/html\r\nconnection: close\r\n'))
  t.match(await wire.end, /^HTTP\/1\.1 406 /)
})

test('HEAD gets the headers of a stream', async t => {
  const { app, api } = await serve(t)
  const id = await submit(app, '1+2')
  for (const path of [`expressions/${id}/events`, 'events']) {
    const response = await fetch(`${api}/${path}`, { method: 'HEAD' })
    t.equal(response.status, 200)
    t.match(response.headers.get('content-type'), /^text\/event-stream/)
    t.equal(response.headers.get('content-length'), null)
  }
  t.equal((await fetch(`${api}/expressions/99/events`, { method: 'HEAD' })).status, 404)
})

test('the list has all kinds of expressions, deletions and the agents', async t => {
  const { app, api, clock } = await serve(t)
  const id = await submit(app, '1+2')
  const events = await openEvents(t, `${api}/events`)
  t.match(await events.next(), {
    event: 'start', data: { expressions: [{ id, status: 'pending' }], agents: [], all_agents: true }
  })
  await app.inject({ method: 'POST', url: '/api/v1/add/1/2' })
  clock.advance(50)
  await app.inject('/internal/task?agent=lab-1')
  clock.advance(1_000)
  const seen: unknown[] = []
  while (seen.length === 0) {
    const { data } = (await events.next())!
    seen.push(...data.agents ?? [])
    clock.advance(50)
  }
  t.match(seen, [{ name: 'lab-1', state: 'working' }])
})

test('a client that has everything is told at once that it is connected', async t => {
  const { app, api } = await serve(t)
  const id = await submit(app, '1+2')
  for (const url of [`${api}/expressions/${id}/events`, `${api}/events`]) {
    const known = (await (await openEvents(t, url)).next())!.id
    // Nothing changes, so no event comes: it is opened when the headers are there.
    const events = await openEvents(t, url, { 'last-event-id': known })
    t.equal(events.response.status, 200)
  }
})

test('an idle stream has comments, and a follower that drains ends', async t => {
  const { app, api, clock, orchestrator } = await serve(t)
  const id = await submit(app, '1+2')
  const events = await openEvents(t, `${api}/expressions/${id}/events`)
  await events.next()
  const comment = events.block()
  clock.advance(16_000)
  t.match(await comment, /^:/)
  const end = events.next()
  orchestrator.drain()
  t.equal(await end, null)
  t.match(await (await fetch(`${api}/expressions/${id}/events`)).json(), { status: 503, code: 'draining' })
  await app.close()
})

test('the connection ends with its stream, also where the client would keep it', async t => {
  const { app, port, orchestrator } = await serve(t)
  const id = await submit(app, '1+2')
  const wires = [await dial(t, port), await dial(t, port)]
  for (const [index, path] of [`expressions/${id}/events`, 'events'].entries()) {
    wires[index]!.send(request(`GET /api/v1/${path}`))
    t.match(await wires[index]!.until('event: start'), /^connection: close\r$/im)
  }
  orchestrator.drain()
  for (const wire of wires) t.match(await wire.end, /\r\n0\r\n\r\n$/, 'the stream has its end')
  await app.close()
})

test('a stream is counted while it is open, and is no slow answer', async t => {
  const { app, api, log, clock, orchestrator } = await serve(t, { slowMs: 0 })
  const id = await submit(app, '1+2')
  await app.inject('/metrics')
  const events = await openEvents(t, `${api}/expressions/${id}/events`)
  await events.next()
  const gauge = async (): Promise<string | undefined> =>
    /longhand_event_streams (\d+)/.exec((await app.inject('/metrics')).body)?.[1]
  t.equal(await gauge(), '1')
  t.equal(orchestrator.following, 1)
  events.close()
  while (await gauge() !== '0') await new Promise(resolve => setImmediate(resolve))
  clock.advance(1)
  t.notMatch((await app.inject('/metrics')).body, /route="\/api\/v1\/expressions\/:id\/events"/)
  t.same(log.filter(({ url }) => String(url).endsWith('/events')), [])
})

test('the next message is asked for when the client has taken the one before', async t => {
  const text = 'x'.repeat(1e6)
  const count = { asked: 0, left: 0 }
  const follow: Orchestrator['follow'] = async () => ({
    async next () {
      const indices: number[] = []
      const operations = { firstTask: 1, indices, operations: [], tasks: [], operands: [] }
      const cursor = `${++count.asked}.${text}`
      const item = { cursor, isStart: false, isComplete: true, expression: null, operations }
      return { type: 'item', isLast: false, item }
    },
    leave () { count.left++ }
  })
  const { port } = await serve(t, { orchestrator: { follow } })
  const wire = await dial(t, port)
  wire.socket.pause()
  wire.send(request('GET /api/v1/expressions/1/events'))
  // The socket buffers of both sides take some.
  let taken = -1
  while (taken < count.asked || count.asked === 0) {
    taken = count.asked
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  t.ok(count.asked < 50, `${count.asked} messages of 1 MB`)
  wire.socket.resume()
  while (count.asked < taken + 20) await new Promise(resolve => setImmediate(resolve))
  wire.socket.destroy()
  while (count.left === 0) await new Promise(resolve => setImmediate(resolve))
})

test('a client that leaves before its stream begins holds no place', async t => {
  const gone = defer()
  const begun = defer()
  const left = defer()
  const follow: Orchestrator['follow'] = async () => {
    begun.resolve()
    await gone.promise
    return { next: () => left.promise.then(() => ({ type: 'closed' })), leave: left.resolve }
  }
  const { app, port } = await serve(t, { orchestrator: { follow } })
  app.server.on('connection', socket => socket.once('close', () => setImmediate(gone.resolve)))
  const wire = await dial(t, port)
  wire.send(request('GET /api/v1/expressions/1/events'))
  await begun.promise
  wire.socket.destroy()
  await left.promise
})
