import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type Test, test } from 'tap'
import { MAX_HEADER_LINES } from '../../../src/http/guard/header-checks.js'
import { build, listen, request } from '../helper.js'

const TOKEN = 'correct-horse-battery-staple'

/** The status line's number, and all that came, of one request on a connection of its own. */
async function ask (t: Test, port: number, text: string, host = '127.0.0.1'): Promise<{ status: number, all: string }> {
  const socket = connect({ host, port }).setEncoding('utf8')
  t.teardown(() => socket.destroy())
  socket.write(text)
  let all = ''
  for await (const chunk of socket) all += chunk
  return { status: Number(all.slice(9, 12)), all }
}

const CLOSE = 'Connection: close\r\n'

test('a request with more header lines than a limit is refused on every path, and none of them is dropped', async t => {
  const { app } = build(t)
  const port = await listen(app)
  for (const count of [MAX_HEADER_LINES, 999, 1_000, 2_001, 3_000]) {
    const headers = `${CLOSE}${'a:b\r\n'.repeat(count)}X-Forwarded-For: 203.0.113.7\r\n`
    const { status, all } = await ask(t, port, request('GET /internal/task', headers))
    t.equal(status, 431, `${count} lines`)
    t.match(all, '"code":"headers_too_many"')
  }
  for (const line of ['GET /health/live', 'GET /metrics', 'GET /nothing', 'POST /internal/task', 'PUT /docs']) {
    t.equal((await ask(t, port, request(line, CLOSE + 'a:b\r\n'.repeat(1_000)))).status, 431, line)
  }
})

test('as many lines as are allowed are read, the last one included', async t => {
  const { app } = build(t)
  const port = await listen(app)
  // Beside Host, Connection and the last.
  const most = 'a:b\r\n'.repeat(MAX_HEADER_LINES - 3)
  t.equal((await ask(t, port, request('GET /internal/task', `${CLOSE}${most}b:c\r\n`))).status, 404)
  t.equal((await ask(t, port, request('GET /internal/task', `${CLOSE}${most}Via: 1.1 x\r\n`))).status, 401)
})

test('each listener refuses them', async t => {
  const { app } = build(t)
  await app.listen({ host: 'localhost', port: 0 })
  const addresses = app.addresses()
  if (addresses.length < 2) t.comment('localhost is one address on this machine')
  for (const { address, port } of addresses as AddressInfo[]) {
    t.equal((await ask(t, port, request('GET /health/live', CLOSE), address)).status, 200, address)
    const many = request('GET /internal/task', CLOSE + 'a:b\r\n'.repeat(1_000) + 'X-Forwarded-For: 203.0.113.7\r\n')
    t.equal((await ask(t, port, many, address)).status, 431, address)
  }
})

test('the limit is that of the server that received the request', async t => {
  const { app } = build(t)
  await app.ready()
  const other = createServer((incoming, response) => app.routing(incoming, response))
  other.maxHeadersCount = 40
  t.teardown(() => other.close())
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const statusOf = async (count: number): Promise<number> =>
    (await ask(t, port, request('GET /internal/task', `${CLOSE}${'a:b\r\n'.repeat(count)}Via: 1.1 x\r\n`))).status
  t.equal(await statusOf(30), 401)
  t.equal(await statusOf(80), 431, 'the last line was dropped')
})

test('of lines that come twice none is passed over', async t => {
  const { app } = build(t, { settings: { INTERNAL_TOKEN: TOKEN } })
  const port = await listen(app)
  const right = `Authorization: Bearer ${TOKEN}\r\n`
  const wrong = 'Authorization: Bearer wrong\r\n'
  for (const [headers, status] of [
    [right, 404],
    [right.toUpperCase().replace(TOKEN.toUpperCase(), TOKEN), 404],
    [right + wrong, 401],
    [wrong + right, 401],
    [right + right, 401],
    [`${right}Origin: http://127.0.0.1\r\nOrigin: http://evil.example\r\n`, 403],
    [`${right}Origin: http://127.0.0.1\r\nOrigin: http://127.0.0.1\r\n`, 404],
    [`${right}Referer: http://127.0.0.1/\r\nReferer: http://evil.example/\r\n`, 403],
    [`${right}Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n`, 403],
    [`${right}User-Agent: x\r\nUser-Agent: Mozilla/5.0\r\nAccept-Language: en\r\n`, 403]
  ] as const) {
    t.equal((await ask(t, port, request('GET /internal/task', CLOSE + headers))).status, status, headers)
  }
})

test('trailers are no headers', async t => {
  const { app } = build(t, { settings: { INTERNAL_TOKEN: TOKEN } })
  const port = await listen(app)
  const report = '{"id":999,"result":1}'
  const chunked = (headers: string, trailers: string): string =>
    request('POST /internal/task', `${CLOSE}Transfer-Encoding: chunked\r\n${headers}`)
      .concat(`${report.length.toString(16)}\r\n${report}\r\n0\r\n${trailers}\r\n`)
  t.equal((await ask(t, port, chunked('', `Authorization: Bearer ${TOKEN}\r\n`))).status, 401)
  t.equal((await ask(t, port, chunked(`Authorization: Bearer ${TOKEN}\r\n`, 'Via: 1.1 x\r\n'))).status, 404)
})

test('no answer can be taken for anything but what it says it is', async t => {
  const { app } = build(t, { orchestrator: { operations () { throw new Error('broken') } } })
  const port = await listen(app)
  for (const [text, status] of [
    [request('GET /health/live', CLOSE), 200],
    [request('GET /metrics', CLOSE), 200],
    [request('GET /docs', CLOSE), 200],
    [request('GET /docs/static/index.css', CLOSE), 200],
    [request('GET /docs/static/none', CLOSE), 404],
    [request('GET /openapi.json', CLOSE), 200],
    [request('GET /api/v1/expressions', CLOSE), 200],
    [request('GET /internal/task', CLOSE), 404],
    [request('GET /internal/task', `${CLOSE}Via: 1.1 x\r\n`), 401],
    [request('POST /api/v1/calculate', CLOSE, '{'), 422],
    [request('POST /api/expression', CLOSE, '{'), 400],
    [request('PUT /api/v1/calculate', CLOSE), 405],
    [request('GET /nothing', CLOSE), 404],
    [request('GET /%zz', CLOSE), 404],
    [request('GET /api/v1/operations', CLOSE), 500],
    ['GARBAGE\r\n\r\n', 400],
    [request('GET /', `a: ${'b'.repeat(20_000)}\r\n`), 431]
  ] as const) {
    const answer = await ask(t, port, text)
    t.equal(answer.status, status, text.slice(0, 50))
    t.equal(answer.all.match(/^x-content-type-options: nosniff\r$/gim)?.length, 1, `${status} ${text.slice(0, 50)}`)
  }
})

test('pages are shown in no frame', async t => {
  const { app } = build(t)
  for (const url of ['/docs', '/docs/static/index.html', '/docs/static/none']) {
    const { headers } = await app.inject(url)
    t.equal(headers['x-frame-options'], 'DENY', url)
    t.match(headers['content-security-policy'], "frame-ancestors 'none'", url)
  }
})
