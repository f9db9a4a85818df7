import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'tap'
import { build, dial, listen, request } from '../helper.js'

/** The parts of an answer as they came over the wire. */
function partsOf (answer: string) {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  const [line, ...headers] = head.split('\r\n')
  return { line, headers, body: JSON.parse(body) as object, length: Buffer.byteLength(body) }
}

for (const [what, text, line, problem] of [
  ['a method that is none', 'FOO / HTTP/1.1\r\nhost: x\r\n\r\n', '400 Bad Request',
    { code: 'request_malformed', detail: 'Not a valid HTTP request: Invalid method encountered' }],
  ['garbage', '\x16\x03\x01\r\n\r\n', '400 Bad Request', { code: 'request_malformed' }],
  ['two lengths', request('POST /api/v1/calculate', 'content-length: 1\r\ncontent-length: 2\r\n'), '400 Bad Request',
    { code: 'request_malformed' }],
  ['headers that are too large', request('GET /', `x: ${'y'.repeat(20_000)}\r\n`),
    '431 Request Header Fields Too Large',
    { code: 'headers_too_large', detail: 'The headers are larger than 16384 bytes' }],
  ['no Host', 'GET /api/v1/operations HTTP/1.1\r\nconnection: close\r\n\r\n', '400 Bad Request',
    { code: 'request_malformed', detail: 'Not a valid HTTP request: it has no Host header' }]
] as const) {
  test(`${what} is answered with a problem`, async t => {
    const { app } = build(t)
    const wire = await dial(t, await listen(app))
    wire.send(text)
    const answer = partsOf(await wire.end)
    t.equal(answer.line, `HTTP/1.1 ${line}`)
    const names = answer.headers.map(header => header.toLowerCase())
    for (const header of ['content-type: application/problem+json', 'connection: close']) t.ok(names.includes(header))
    t.ok(names.includes(`content-length: ${answer.length}`))
    t.match(answer.body, { ...problem, type: `urn:longhand:error:${problem.code}`, status: Number(line.slice(0, 3)) })
  })
}

test('a request that does not come to its end in time is answered with a problem', async t => {
  const { app } = build(t)
  const connected = once(app.server, 'connection')
  const wire = await dial(t, await listen(app))
  const [socket] = await connected as [Socket]
  wire.send('GET / HTTP/1.1\r\n')
  // As Node does, once a while.
  app.server.emit('clientError', Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket)
  t.match(partsOf(await wire.end), { line: 'HTTP/1.1 408 Request Timeout', body: { code: 'request_timeout' } })
})

test('a client that has gone gets no answer, and the server goes on', async t => {
  const { app, log } = build(t)
  const port = await listen(app)
  const connected = once(app.server, 'connection')
  const gone = await dial(t, port)
  const [socket] = await connected as [Socket]
  const closed = new Promise(resolve => { socket.once('close', resolve) })
  gone.send('GET / HT')
  gone.socket.resetAndDestroy()
  await closed
  const wire = await dial(t, port)
  wire.send(request('GET /health/live'))
  t.match(await wire.until('}'), 'HTTP/1.1 200')
  t.strictSame(log, [])
})

for (const expectation of ['200-foo', '100-continue, 200-foo', '']) {
  test(`the expectation "${expectation}" is answered with a problem`, async t => {
    const { app } = build(t)
    const wire = await dial(t, await listen(app))
    const headers = `connection: close\r\nexpect: ${expectation}\r\n`
    wire.send(request('POST /api/v1/calculate', headers, '{"expression":"1"}'))
    const answer = partsOf(await wire.end)
    t.equal(answer.line, 'HTTP/1.1 417 Expectation Failed')
    t.match(answer.body, { code: 'expectation_failed', status: 417 })
  })
}

test('a service words a refused expectation in its own way, and HTTP/1.0 has none', async t => {
  const { app } = build(t)
  const port = await listen(app)
  const wire = await dial(t, port)
  wire.send(request('POST /create-task', 'connection: close\r\nexpect: magic\r\n', '{"name":"x"}'))
  t.match(partsOf(await wire.end), { line: 'HTTP/1.1 417 Expectation Failed', body: { error: /magic/ } })
  const old = await dial(t, port)
  old.send('GET /health/live HTTP/1.0\r\nexpect: 200-foo\r\n\r\n')
  t.match(await old.end, 'HTTP/1.1 200')
})

test('a client that waits for 100 Continue gets it in its turn', async t => {
  const { app } = build(t)
  const wire = await dial(t, await listen(app))
  const headers = 'expect: 100-Continue\r\ncontent-length: 18\r\n'
  wire.send(request('GET /health/live') + request('POST /api/v1/calculate', headers))
  t.match(await wire.until('Continue'), /^HTTP\/1\.1 200 [^]*"ok"\}HTTP\/1\.1 100 Continue\r\n/)
  wire.send('{"expression":"1"}')
  t.match(await wire.until('{"id"'), 'HTTP/1.1 201')
})
