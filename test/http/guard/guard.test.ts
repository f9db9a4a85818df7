import { connect } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import type { InjectOptions } from 'fastify'
import { type Test, test } from 'tap'
import { type Built, build, dial, listen, request, submit } from '../helper.js'

const TOKEN = 'correct-horse-battery-staple'
const STRANGER = '203.0.113.7'

/** The status of a GET /internal/task; 404 is the empty one of an agent that was let in. */
async function statusOf ({ app }: Built, options: InjectOptions): Promise<number> {
  return (await app.inject({ url: '/internal/task', ...options })).statusCode
}

test('without a token set, agents on this machine need none', async t => {
  const built = build(t)
  for (const remoteAddress of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) {
    t.equal(await statusOf(built, { remoteAddress }), 404, remoteAddress)
  }
})

test('with a token set, every peer needs it', async t => {
  const built = build(t, { settings: { INTERNAL_TOKEN: TOKEN } })
  for (const remoteAddress of [
    '127.0.0.1', '::1', '::ffff:127.0.0.1', STRANGER, '::ffff:203.0.113.7', '2001:db8::1', 'fe80::1%eth0', '::2'
  ]) {
    t.equal(await statusOf(built, { remoteAddress }), 401, remoteAddress)
    t.equal(await statusOf(built, { remoteAddress, headers: { authorization: `Bearer ${TOKEN}` } }), 404, remoteAddress)
  }
  for (const authorization of [
    TOKEN, `Basic ${TOKEN}`, 'Bearer', 'Bearer ', `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Bearer ${TOKEN} x`,
    `Bearer ${TOKEN.toUpperCase()}`
  ]) {
    t.equal(await statusOf(built, { remoteAddress: STRANGER, headers: { authorization } }), 401, authorization)
  }
  t.equal(await statusOf(built, { remoteAddress: STRANGER, headers: { authorization: `bearer  ${TOKEN}` } }), 404)
})

test('the refusal says what is missing', async t => {
  const { app } = build(t)
  for (const method of ['GET', 'POST'] as const) {
    const response = await app.inject({ method, url: '/internal/task', remoteAddress: STRANGER })
    t.equal(response.statusCode, 401)
    t.match(response.json(), { code: 'token_required', status: 401 })
    t.match(response.headers['www-authenticate'], /^Bearer/)
  }
})

test('without a token set, no token lets anybody in', async t => {
  const built = build(t)
  for (const authorization of ['Bearer undefined', 'Bearer ', 'Bearer x']) {
    t.equal(await statusOf(built, { remoteAddress: STRANGER, headers: { authorization } }), 401, authorization)
  }
})

test('a proxy on this machine does not make its clients local', async t => {
  const built = build(t)
  const named = build(t, { settings: { INTERNAL_TOKEN: TOKEN, INTERNAL_ALLOW: ['127.0.0.0/8'] } })
  for (const name of [
    'forwarded', 'x-forwarded-for', 'X-Forwarded-Proto', 'x-forwarded-host', 'x-forwarded-x', 'Via', 'X-Real-IP',
    'x-client-ip', 'x-cluster-client-ip', 'CF-Connecting-IP', 'true-client-ip'
  ]) {
    for (const server of [built, named]) {
      t.equal(await statusOf(server, { headers: { [name]: '127.0.0.1' } }), 401, name)
    }
    t.equal(await statusOf(named, { headers: { [name]: 'x', authorization: `Bearer ${TOKEN}` } }), 404, name)
  }
})

test('the token of the process lets its own agents in, beside that of the settings or without one', async t => {
  const own = 'token-of-this-process-alone'
  const shows = (token: string): InjectOptions =>
    ({ remoteAddress: STRANGER, headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': STRANGER } })
  for (const settings of [{}, { INTERNAL_TOKEN: TOKEN }, { INTERNAL_ALLOW: ['192.0.2.5'] }]) {
    const built = build(t, { settings, ownToken: own })
    t.equal(await statusOf(built, shows(own)), 404)
    t.equal(await statusOf(built, shows(`${own}x`)), 401)
    t.equal(await statusOf(built, shows(TOKEN)), 'INTERNAL_TOKEN' in settings ? 404 : 401)
  }
})

test('what a stranger says of itself is not believed', async t => {
  const built = build(t)
  t.equal(await statusOf(built, { remoteAddress: STRANGER, headers: { 'x-forwarded-for': '127.0.0.1' } }), 401)
})

test('peers of INTERNAL_ALLOW need no token', async t => {
  const built = build(t, { settings: { INTERNAL_ALLOW: ['10.1.0.0/16', '192.0.2.5', '2001:db8::/32', 'fe80::/10'] } })
  for (const [remoteAddress, status] of [
    ['10.1.255.255', 404], ['10.2.0.0', 401], ['192.0.2.5', 404], ['192.0.2.6', 401], ['::ffff:10.1.2.3', 404],
    ['2001:db8:ffff::1', 404], ['2001:db9::1', 401], ['fe80::1%eth0', 404], ['127.0.0.1', 404]
  ] as const) {
    t.equal(await statusOf(built, { remoteAddress }), status, remoteAddress)
  }
  const named = build(t, { settings: { INTERNAL_TOKEN: TOKEN, INTERNAL_ALLOW: ['127.0.0.1'] } })
  t.equal(await statusOf(named, { remoteAddress: '127.0.0.1' }), 404, 'this machine, where it is named')
  t.equal(await statusOf(named, { remoteAddress: '::1' }), 401, 'which is another address')
})

test('a proxy whose address is in INTERNAL_ALLOW does not admit its clients', async t => {
  const built = build(t, { settings: { INTERNAL_TOKEN: TOKEN, INTERNAL_ALLOW: ['10.0.0.0/8'] } })
  const remoteAddress = '10.0.0.2'
  t.equal(await statusOf(built, { remoteAddress }), 404, 'the proxy itself')
  for (const name of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip']) {
    t.equal(await statusOf(built, { remoteAddress, headers: { [name]: STRANGER } }), 401, name)
    const payload = { id: 1, result: 1 }
    t.equal(await statusOf(built, { method: 'POST', remoteAddress, headers: { [name]: STRANGER }, payload }), 401, name)
    const authorization = `Bearer ${TOKEN}`
    t.equal(await statusOf(built, { remoteAddress, headers: { [name]: STRANGER, authorization } }), 404, name)
  }
})

test('clients of the public API need no token', async t => {
  const { app } = build(t)
  t.equal((await app.inject({ url: '/api/v1/operations', remoteAddress: STRANGER })).statusCode, 200)
})

/** What a browser sends, and whether it is a page of this server, or none. */
const BROWSERS = [
  [{}, true],
  [{ origin: 'http://127.0.0.1:8080' }, true],
  [{ origin: 'https://127.0.0.1:8080' }, true],
  [{ origin: 'http://127.0.0.1:3000' }, false],
  [{ origin: 'http://evil.example' }, false],
  [{ origin: 'null' }, false],
  [{ origin: '' }, false],
  [{ 'sec-fetch-site': 'same-origin', origin: 'https://outside.example' }, true],
  [{ 'sec-fetch-site': 'none' }, true],
  [{ 'sec-fetch-site': 'same-site' }, false],
  [{ 'sec-fetch-site': 'cross-site' }, false],
  [{ 'sec-fetch-site': 'cross-site', origin: 'http://127.0.0.1:8080' }, false],
  // To a plain-http address that is not this machine, browsers do not say Sec-Fetch-Site.
  [{ referer: 'http://127.0.0.1:8080/docs' }, true],
  [{ referer: 'http://127.0.0.1:3000/' }, false],
  [{ referer: 'http://evil.example/page?127.0.0.1:8080' }, false],
  [{ referer: 'http://127.0.0.1:8080@evil.example/' }, false],
  [{ referer: 'about:blank' }, false],
  [{ 'sec-fetch-site': 'same-origin', referer: 'https://outside.example/' }, true]
] as const

test('pages of other origins reach no agent\'s route, not even with GET', async t => {
  const built = build(t)
  for (const [headers, isOwn] of BROWSERS) {
    const all = { host: '127.0.0.1:8080', ...headers }
    t.equal(await statusOf(built, { headers: all }), isOwn ? 404 : 403, JSON.stringify(headers))
    const post = { method: 'POST', headers: all, payload: { id: 1, result: 1 } } as const
    t.equal(await statusOf(built, post), isOwn ? 404 : 403, JSON.stringify(headers))
  }
})

/** What browsers send with every request, and programs do not. */
const BROWSER = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101', 'accept-language': 'en-US,en;q=0.5' }
const IMAGE = 'image/avif,image/webp,*/*;q=0.8'
const PAGE = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

test('a page that hides where it comes from reaches no GET that changes state', async t => {
  const { app } = build(t)
  for (const [url, headers, status] of [
    ['/internal/task', { ...BROWSER, accept: IMAGE }, 403],
    ['/internal/task', { ...BROWSER, accept: PAGE }, 403],
    ['/internal/task', { ...BROWSER, accept: '*/*', 'sec-fetch-site': 'same-origin' }, 200],
    ['/api/v1/add/1/2', { ...BROWSER, accept: IMAGE }, 403],
    ['/api/v1/add/1/2', { ...BROWSER, accept: '*/*' }, 403],
    ['/api/v1/add/1/2', { ...BROWSER, accept: PAGE }, 202, 'an address that somebody typed'],
    ['/api/v1/add/1/2', { ...BROWSER, accept: '*/*', referer: 'http://10.0.0.5:8080/docs' }, 202],
    ['/api/v1/job/1', { ...BROWSER, accept: IMAGE }, 403],
    ['/api/v1/job/1', { ...BROWSER, accept: PAGE }, 200],
    ['/api/v1/expressions', { ...BROWSER, accept: IMAGE }, 200, 'which only reads']
  ] as const) {
    await app.inject({ method: 'POST', url: '/api/v1/add/1/2' })
    const response = await app.inject({ url, headers: { host: '10.0.0.5:8080', ...headers } })
    t.equal(response.statusCode, status, `${url} ${JSON.stringify(headers)}`)
  }
})

test('no program is taken for a browser', async t => {
  const { app } = build(t)
  for (const headers of [
    { 'user-agent': 'curl/8.5.0', accept: '*/*' },
    { 'user-agent': 'python-requests/2.32', 'accept-encoding': 'gzip, deflate', accept: '*/*' },
    { 'user-agent': 'Go-http-client/1.1', 'accept-encoding': 'gzip' },
    // fetch of Node
    { 'user-agent': 'node', accept: '*/*', 'accept-language': '*', 'sec-fetch-mode': 'cors' },
    { 'user-agent': 'Java/17.0.1', accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2' },
    { 'user-agent': 'Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1' },
    {}
  ]) {
    await app.inject({ method: 'POST', url: '/api/v1/add/1/2' })
    for (const [url, status] of [['/internal/task', 200], ['/api/v1/add/1/2', 202]] as const) {
      const response = await app.inject({ url, headers: { host: '10.0.0.5:8080', 'user-agent': '', ...headers } })
      t.equal(response.statusCode, status, `${url} ${JSON.stringify(headers)}`)
    }
  }
})

test('pages of other origins change nothing, but may read', async t => {
  const { app } = build(t)
  for (const [headers, isOwn] of BROWSERS) {
    const all = { host: '127.0.0.1:8080', ...headers }
    const payload = { expression: '1' }
    const response = await app.inject({ method: 'POST', url: '/api/v1/calculate', headers: all, payload })
    t.equal(response.statusCode, isOwn ? 201 : 403, JSON.stringify(headers))
    if (!isOwn) t.match(response.json(), { code: 'origin_refused', status: 403 })
    t.equal((await app.inject({ url: '/api/v1/expressions', headers: all })).statusCode, 200, JSON.stringify(headers))
  }
})

test('the server answers to its own names only', async t => {
  const { app } = build(t, { settings: { ALLOWED_HOSTS: ['calc.example', 'Orchestrator'] } })
  for (const [host, isServed] of [
    ['127.0.0.1', true], ['127.0.0.1:8080', true], ['[::1]:8080', true], ['[::1]', true], ['192.168.1.5:80', true],
    ['localhost', true], ['LOCALHOST:8080', true], ['app.localhost:8080', true], ['localhost.', true],
    [hostname(), true], [`${hostname().toUpperCase()}:8080`, true],
    ['calc.example', true], ['calc.example:443', true], ['orchestrator:8080', true],
    ['evil.example', false], ['evil.example:8080', false], ['127.0.0.1.evil.example', false],
    ['sub.calc.example', false], ['localhost.evil.example', false], ['notlocalhost', false],
    ['evil.example,x.localhost', false], ['.localhost', false], ['localhost..', false],
    // Browsers read these as addresses, and send them as such.
    ['127.1', false], ['0x7f.1', false], ['2130706433', false], ['127.0.0.1.', false], ['%6cocalhost', false]
  ] as const) {
    for (const url of ['/api/v1/operations', '/docs', '/openapi.json']) {
      const response = await app.inject({ url, headers: { host } })
      t.equal(response.statusCode, isServed ? 200 : 421, `${host} ${url}`)
      if (!isServed) t.match(response.json(), { code: 'host_refused', status: 421 })
    }
    t.equal((await app.inject({ url: '/internal/task', headers: { host } })).statusCode, isServed ? 404 : 421, host)
  }
})

test('the Host is checked for event streams, before anything is followed', async t => {
  const { app, orchestrator } = build(t)
  const id = await submit(app, '1+2')
  const port = await listen(app)
  for (const path of [`/api/v1/expressions/${id}/events`, '/api/v1/events']) {
    for (const method of ['GET', 'HEAD']) {
      const refused = await dial(t, port)
      refused.send(`${method} ${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`)
      t.match(await refused.until('\r\n\r\n'), /^HTTP\/1\.1 421 /, `${method} ${path}`)
    }
    t.equal(orchestrator.following, 0)
    const served = await dial(t, port)
    served.send(request(`GET ${path}`))
    t.match(await served.until('event: start'), /^HTTP\/1\.1 200 /, path)
    served.socket.destroy()
    while (orchestrator.following > 0) await new Promise(resolve => setImmediate(resolve))
  }
})

test('the peer is the other end of the socket', async t => {
  const { app } = build(t)
  const port = await listen(app)
  const nameless = await dial(t, port)
  nameless.send('GET /internal/task HTTP/1.0\r\n\r\n')
  t.match(await nameless.end, 'HTTP/1.1 421', 'a request without a Host names no server')

  const wire = await dial(t, port)
  wire.send(request('GET /internal/task'))
  t.match(await wire.until('\r\n\r\n'), 'HTTP/1.1 404')
  wire.send(request('GET /internal/task', 'X-Forwarded-For: 127.0.0.1\r\n'))
  t.match(await wire.until('token_required'), 'HTTP/1.1 401')
})

test('a peer that comes by another address of this machine is a stranger', async t => {
  const address = ownAddress()
  if (address === undefined) {
    t.comment('This machine has loopback addresses only')
    return
  }
  const { app } = build(t)
  t.match(await ask(t, address, await listen(app, '0.0.0.0')), 'HTTP/1.1 401')
})

/** An IPv4 address of this machine that is not loopback. */
function ownAddress (): string | undefined {
  return Object.values(networkInterfaces()).flat()
    .find(found => found !== undefined && !found.internal && found.family === 'IPv4')?.address
}

/** Asks for a task by way of `address`, so that both ends of the socket have it. */
async function ask (t: Test, address: string, port: number): Promise<string> {
  const socket = connect({ host: address, port, localAddress: address }).setEncoding('utf8')
  t.teardown(() => socket.destroy())
  socket.write(request('GET /internal/task', 'Connection: close\r\n'))
  let answer = ''
  for await (const text of socket) answer += text
  return answer
}
