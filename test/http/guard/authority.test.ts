import { test } from 'tap'
import { type Authority, authorityOf, isUrlOf, originForm } from '../../../src/http/guard/authority.js'
import { build, dial, listen } from '../helper.js'

function authority (hosts: readonly string[], originalUrl = '/', httpVersion = '1.1'): Authority | null | string {
  return authorityOf({ originalUrl, raw: { httpVersion, rawHeaders: hosts.flatMap(host => ['HOST', host]) } })
}

test('a Host is a name or an address, and a port', async t => {
  for (const [host, name, port] of [
    ['localhost', 'localhost', ''], ['LocalHost:8080', 'localhost', '8080'], ['localhost:', 'localhost', ''],
    ['127.0.0.1:80', '127.0.0.1', '80'], ['[::1]:80', '[::1]', '80'], ['[::FFFF:1.2.3.4]', '[::ffff:1.2.3.4]', ''],
    ['calc_1.example.', 'calc_1.example.', ''], ['a%20b', 'a%20b', ''], ['', '', ''], [':80', '', '80']
  ] as const) {
    t.strictSame(authority([host]), { name, port }, host)
  }
})

test('anything else is malformed', async t => {
  for (const host of [
    'evil.com/.localhost', 'evil.com#.localhost', 'evil.com?.localhost', 'evil.com\\.localhost', 'a@localhost',
    'a:b@localhost', 'localhost:x', 'localhost:80:80', 'localhost localhost', 'localhost, localhost', '::1', '[::1',
    '::1]', '[]', '[::1]x', '[127.0.0.1]', '[fe80::1%eth0]', '[fe80::1%25eth0]', '[v1.a]', 'a%2', 'a%zz', 'löcalhost',
    'http://localhost', '"localhost"', 'localhost\0', '<localhost>'
  ]) {
    t.type(authority([host]), 'string', host)
  }
})

test('a request has exactly one Host; before HTTP/1.1 it may have none', async t => {
  for (const version of ['1.1', '2.0']) t.type(authority([], '/', version), 'string', version)
  t.equal(authority([], '/', '1.0'), null)
  for (const version of ['1.1', '1.0']) {
    for (const hosts of [['localhost', 'localhost'], ['localhost', 'evil.example'], ['', 'localhost']]) {
      t.type(authority(hosts, '/', version), 'string', hosts.join())
    }
  }
})

test('a request of HTTP/2 is refused, with or without a Host', async t => {
  const rawHeaders = [':method', 'GET', ':authority', 'localhost']
  for (const lines of [rawHeaders, [...rawHeaders, 'host', 'localhost']]) {
    for (const httpVersion of ['2.0', '1.1']) {
      t.match(authorityOf({ originalUrl: '/', raw: { httpVersion, rawHeaders: lines } }), /HTTP\/2/)
    }
  }
})

test('of an absolute target the authority counts, and not the Host', async t => {
  for (const [target, name, port] of [
    ['http://evil.example/internal/task', 'evil.example', ''], ['HTTP://Evil.example:81?a', 'evil.example', '81'],
    ['https://evil.example#/', 'evil.example', ''], ['http://[::1]:80/', '[::1]', '80']
  ] as const) {
    t.strictSame(authority(['localhost'], target), { name, port }, target)
    t.strictSame(authority([], target, '1.0'), { name, port }, `${target} without a Host`)
  }
  t.type(authority([], 'http://localhost/'), 'string', 'the Host is still needed')
  for (const target of [
    'http://localhost@evil.example/', 'http://', 'http:///path', 'http://:80/', 'http://a b/', 'http://[::1/', 'ftp://localhost/',
    'http:/localhost', 'localhost', 'http://localhost\\@evil.example/'
  ]) {
    t.type(authority(['localhost'], target), 'string', target)
  }
  t.strictSame(authority(['localhost'], '*'), { name: 'localhost', port: '' })
  t.strictSame(authority(['localhost'], '//evil.example/'), { name: 'localhost', port: '' }, 'a path')
})

test('routes are found by path and query', async t => {
  for (const [target, path] of [
    ['/a?b=http://c/d', '/a?b=http://c/d'], ['//a/b', '//a/b'], ['*', '*'],
    ['http://a/b/c?d', '/b/c?d'], ['HTTPS://a', '/'], ['http://a?b=/internal/task', '/?b=/internal/task'],
    ['ftp://a/b', 'ftp://a/b']
  ] as const) {
    t.equal(originForm(target), path, target)
  }
})

test('a URL is compared with its port, whatever its scheme', async t => {
  for (const [url, host, isOwn] of [
    ['http://localhost', 'localhost', true], ['http://localhost', 'localhost:80', true],
    ['https://calc.example', 'calc.example:443', true], ['https://calc.example', 'calc.example', true],
    ['http://localhost:8080/page', 'localhost:8080', true], ['http://[::1]:8080', '[::1]:8080', true],
    ['http://localhost', 'localhost:443', false], ['https://localhost:80', 'localhost', false],
    ['http://localhost:8081', 'localhost:8080', false], ['http://localhost', 'localhost.', false],
    // Programs that are made of pages, such as those of Capacitor.
    ['capacitor://localhost', 'localhost', false], ['ftp://localhost', 'localhost', false],
    ['null', 'localhost', false], ['', 'localhost', false]
  ] as const) {
    const found = authority([host])
    t.equal(found !== null && typeof found !== 'string' && isUrlOf(url, found), isOwn, `${url} at ${host}`)
  }
})

test('it is judged as it comes over the wire, on every path', async t => {
  const { app } = build(t)
  const port = await listen(app)
  for (const [head, status] of [
    ['GET /internal/task HTTP/1.1\r\nHost: localhost\r\nHost: localhost', 400],
    ['GET /internal/task HTTP/1.1\r\nHost: localhost\r\nhOST: evil.example', 400],
    ['GET /health/live HTTP/1.1\r\nHost: localhost\r\nHost: localhost', 400],
    ['GET /nothing HTTP/1.1\r\nHost: localhost\r\nHost: localhost', 400],
    ['GET /health/live HTTP/1.1\r\nHost: a b', 400],
    ['GET /health/live HTTP/1.1', 400],
    ['GET /health/live HTTP/1.1\r\nHost: evil.example', 200],
    ['GET http://evil.example/api/v1/operations HTTP/1.1\r\nHost: localhost', 421],
    ['GET http://evil.example/internal/task HTTP/1.1\r\nHost: localhost', 421],
    ['GET http://localhost@evil.example/internal/task HTTP/1.1\r\nHost: localhost', 400],
    ['GET http://localhost/api/v1/operations HTTP/1.1\r\nHost: evil.example', 200],
    ['GET http://localhost?/internal/task HTTP/1.1\r\nHost: localhost', 200],
    ['GET HTTPS://localhost/api/v1/operations HTTP/1.1\r\nHost: localhost', 200],
    ['GET http://localhost/api/v1/operations HTTP/1.0', 200],
    ['GET /api/v1/operations HTTP/1.0', 421],
    ['POST http://localhost/api/v1/calculate HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example', 403],
    ['POST http://localhost/api/v1/calculate HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example', 403]
  ] as const) {
    const wire = await dial(t, port)
    wire.send(`${head}\r\nConnection: close\r\n\r\n`)
    const answer = await wire.end
    t.equal(answer.slice(0, 12), `HTTP/1.1 ${status}`, head)
    t.match(answer, /^x-content-type-options: nosniff\r$/im, head)
  }
})

test('a service words its errors for an absolute target, too', async t => {
  const { app } = build(t)
  const wire = await dial(t, await listen(app))
  wire.send('GET http://localhost/api/result/7 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  t.match(await wire.end, '{"msg":')
})
