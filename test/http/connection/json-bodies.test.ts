import { gzipSync } from 'node:zlib'
import { test } from 'tap'
import { build, dial, listen } from '../helper.js'

const URL = '/api/v1/calculate'

test('a body without a Content-Type is read as JSON, and so is one with a charset', async t => {
  const { app } = build(t)
  const payload = Buffer.from('{"expression":"1"}')
  for (const headers of [
    {},
    { 'content-type': 'application/json' },
    { 'content-type': 'application/json; charset=utf-8' },
    { 'content-type': 'APPLICATION/JSON;charset=UTF-8' }
  ]) {
    const response = await app.inject({ method: 'POST', url: URL, headers, payload })
    t.equal(response.raw.req.headers['content-type'], headers['content-type'])
    t.equal(response.statusCode, 201, JSON.stringify(headers))
  }
})

test('any other media type is refused with 415', async t => {
  const { app } = build(t)
  for (const type of [
    'text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'application/problem+json', 'nonsense', ''
  ]) {
    const headers = { 'content-type': type }
    const response = await app.inject({ method: 'POST', url: URL, headers, payload: '{"expression":"1"}' })
    t.equal(response.statusCode, 415, type)
    t.match(response.json(), {
      code: 'media_type_unsupported', detail: `Cannot read ${type}; send Content-Type: application/json`
    }, type)
  }
})

test('whatever is not one JSON value is refused with 422', async t => {
  const { app } = build(t)
  for (const headers of [{}, { 'content-type': 'application/json' }]) {
    for (const payload of [
      ' ', '{', '{"expression":"1"} x', '{"expression":"1"}{}', '{expression:"1"}', "{'expression':'1'}", 'NaN', '\0'
    ]) {
      const response = await app.inject({ method: 'POST', url: URL, headers, payload: Buffer.from(payload) })
      t.equal(response.statusCode, 422, payload)
      t.equal(response.headers['content-type'], 'application/problem+json')
      t.match(response.json(), { code: 'body_invalid', type: 'urn:longhand:error:body_invalid' }, payload)
    }
  }
})

test('a syntax error is reported with its position', async t => {
  const { app } = build(t)
  const detailOf = async (payload: string): Promise<string> => {
    const headers = { 'content-type': 'application/json' }
    return (await app.inject({ method: 'POST', url: URL, headers, payload })).json<{ detail: string }>().detail
  }
  t.match(await detailOf('{"expression":"1+2",}'), /^Invalid body: it is not JSON: .*position 20/)
  t.match(await detailOf('2+2'), /it is not JSON: .*position 1/)
  t.match(await detailOf('{"expression'), /it is not JSON: /)
  t.match(await detailOf('{"expression":"1","__proto__":1}'), /: it has a member "__proto__"/)
  t.equal(await detailOf(''), 'Invalid body: it is empty')
  t.equal(await detailOf('null'), 'Invalid body: it is null')
  t.equal(await detailOf('[]'), 'Invalid body: expected object')
})

test('a body that is compressed is refused with 415', async t => {
  const { app } = build(t)
  const plain = Buffer.from('{"expression":"1"}')
  const post = (encoding: string, payload: Buffer) =>
    app.inject({ method: 'POST', url: URL, headers: { 'content-encoding': encoding }, payload })
  for (const [encoding, payload] of [['gzip', gzipSync(plain)], ['br', plain], ['', plain]] as const) {
    const response = await post(encoding, payload)
    t.equal(response.statusCode, 415, encoding)
    t.equal(response.headers['accept-encoding'], 'identity')
    t.match(response.json(), { code: 'content_encoding_unsupported' })
  }
  t.equal((await post('Identity', plain)).statusCode, 201)
})

test('a POST without any body is refused with 422', async t => {
  const { app } = build(t)
  for (const url of [URL, '/internal/task']) {
    const response = await app.inject({ method: 'POST', url })
    t.equal(response.statusCode, 422, url)
    t.match(response.json(), { code: 'body_invalid', detail: 'Invalid body: it is missing' }, url)
  }
})

test('a body that redefines a prototype is refused', async t => {
  const { app } = build(t)
  for (const payload of [
    '{"expression":"1","__proto__":{"a":1}}',
    '{"expression":"1","x":{"constructor":{"prototype":{"a":1}}}}',
    '{"expression":"1","\\u005f_proto__":{"a":1}}'
  ]) {
    const response = await app.inject({ method: 'POST', url: URL, payload })
    t.equal(response.statusCode, 422, payload)
    t.match(response.json(), { code: 'body_invalid' }, payload)
  }
})

test('a body above the limit is refused with 413, with and without a Content-Length', async t => {
  const { app } = build(t, { settings: { BODY_LIMIT_BYTES: 100 } })
  const fits = await app.inject({ method: 'POST', url: URL, payload: `{"expression":"${'1'.repeat(83)}"}` })
  t.equal(fits.statusCode, 201)
  const payload = `{"expression":"${'1'.repeat(84)}"}`
  for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
    const response = await app.inject({ method: 'POST', url: URL, headers, payload })
    t.equal(response.statusCode, 413)
    t.match(response.json(), { code: 'body_too_large', detail: 'The body is larger than 100 bytes' })
  }
})

test('a deeply nested body is no trouble', async t => {
  const { app } = build(t)
  const payload = `{"expression":${'['.repeat(30_000)}${']'.repeat(30_000)}}`
  t.equal((await app.inject({ method: 'POST', url: URL, payload })).statusCode, 422)
})

test('a long name of a member is not given back whole', async t => {
  const { app } = build(t)
  const payload = { expression: '1', variables: { ['n'.repeat(10_000)]: 'x' } }
  const response = await app.inject({ method: 'POST', url: URL, payload })
  t.match(response.json(), {
    code: 'body_invalid', detail: `Invalid body: "variables.${'n'.repeat(90)}…": expected number`
  })
})

test('a body in another character set is refused with 415', async t => {
  const { app } = build(t)
  for (const url of [URL, '/create-task', '/internal/task']) {
    for (const charset of ['latin1', 'utf-16', 'UTF-16LE', '"iso-8859-1"', '']) {
      const headers = { 'content-type': `application/json; charset=${charset}` }
      const response = await app.inject({ method: 'POST', url, headers, payload: Buffer.from('{"expression":"1"}') })
      t.equal(response.statusCode, 415, `${url} ${charset}`)
    }
  }
  const headers = { 'content-type': 'application/json; charset=latin1' }
  const response = await app.inject({ method: 'POST', url: URL, headers, payload: '{"expression":"1"}' })
  t.match(response.json(), { code: 'charset_unsupported', detail: 'Cannot read bodies in latin1; send UTF-8' })
  for (const charset of ['utf-8', 'UTF8', '"utf-8"', 'us-ascii']) {
    const headers = { 'content-type': `application/json; charset=${charset}` }
    const response = await app.inject({ method: 'POST', url: URL, headers, payload: '{"expression":"1"}' })
    t.equal(response.statusCode, 201, charset)
  }
})

test('a byte order mark does not move the place of a fault', async t => {
  const { app } = build(t)
  const headers = { 'content-type': 'application/json' }
  const post = (payload: string) => app.inject({ method: 'POST', url: URL, headers, payload })
  t.equal((await post('\ufeff{"expression":"1"}')).statusCode, 201)
  for (const payload of ['{"expression":"1+2",}', '2+2', '{"expression']) {
    const plain = (await post(payload)).json<{ detail: string }>().detail
    t.equal((await post(`\ufeff${payload}`)).json<{ detail: string }>().detail, plain)
  }
})

for (const [method, url, status] of [
  ['DELETE', '/api/v1/expressions/1', 202], ['POST', '/api/v1/add/1/2', 202], ['GET', '/api/v1/operations', 200],
  ['GET', '/internal/task', 200]
] as const) {
  test(`${method} ${url} takes no body, whatever its Content-Type`, async t => {
    const { app } = build(t)
    const port = await listen(app)
    for (const type of ['application/json', 'text/plain', 'application/json; charset=latin1', 'nonsense', '']) {
      for (const empty of ['\r\n', 'content-length: 0\r\n\r\n', 'transfer-encoding: chunked\r\n\r\n0\r\n\r\n']) {
        // Fastify refuses what is no media type before a chunk is read.
        if (empty.startsWith('transfer') && !type.includes('/')) continue
        const { id } = (await app.inject({
          method: 'POST', url: URL, payload: { expression: '1+2' }
        })).json<{ id: number }>()
        const wire = await dial(t, port)
        const path = url.replace(/expressions\/1/, `expressions/${id}`)
        const headers = `host: localhost\r\nconnection: close\r\ncontent-type: ${type}\r\n`
        wire.send(`${method} ${path} HTTP/1.1\r\n${headers}${empty}`)
        t.match(await wire.end, `HTTP/1.1 ${status} `, `${type} ${JSON.stringify(empty)}`)
      }
    }
  })
}
