import { gunzipSync, brotliDecompressSync } from 'node:zlib'
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import Fastify from 'fastify'
import { type Test, test } from 'tap'
import { domainError } from '../../../src/core/errors.js'
import { longhandPlugin } from '../../../src/http/plugin.js'
import { type Overrides, build, buildParts, claim, submit } from '../helper.js'

const HTML = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

/** A folder as the build of the page writes it. */
function builtPage (t: Test, hash = 'AAAA'): URL {
  const folder = t.testdir(filesOf(hash))
  return pathToFileURL(`${folder}/`)
}

function filesOf (hash: string): Record<string, string> {
  const [script, style] = [`page-${hash}.js`, `style-${hash}.css`]
  const files = { 'files.json': JSON.stringify({ script, style }) }
  const ends = ['', '.br', '.gz']
  return Object.assign(files, ...[script, style].flatMap(name => ends.map(end => ({ [name + end]: `${name}${end}` }))))
}

function buildWithPage (t: Test, overrides: Overrides = {}) {
  return build(t, { pageFolder: builtPage(t), ...overrides })
}

test('a browser gets a document with relative links and a strict policy', async t => {
  const { app } = buildWithPage(t)
  const { statusCode, headers, body } = await app.inject({ url: '/', headers: HTML })
  t.equal(statusCode, 200)
  t.match(headers, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
      "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cache-control': 'no-cache',
    vary: 'Accept'
  })
  t.match(body, /^<!doctype html>\n<html lang="en">/)
  t.match(body, '<meta name="viewport" content="width=device-width, initial-scale=1">')
  t.match(body, '<title>Longhand</title>')
  t.match(body, '<link rel="stylesheet" href="page/style-AAAA.css">')
  t.match(body, '<script type="module" src="page/page-AAAA.js"></script>')
  t.match(body, '<div id="page">')
  const links = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => String(link))
  t.ok(links.includes('docs') && links.every(link => /^(?:\.\/|docs|page\/|\?|data:,$)/.test(link)), links.join(' '))
  t.notMatch(body, /<script>|<style|\son\w+=|\sstyle=/, 'nothing is inline')
  t.equal((await app.inject({ method: 'HEAD', url: '/', headers: HTML })).statusCode, 200)
  t.match(await app.inject({ method: 'POST', url: '/' }), { statusCode: 405, headers: { allow: 'GET, HEAD' } })
})

test('other clients get a text that says where to go next', async t => {
  const { app } = buildWithPage(t)
  const answer = await app.inject({ url: '/', headers: { accept: '*/*', host: 'localhost:8080' } })
  t.match(answer, { statusCode: 200, headers: { 'content-type': 'text/plain; charset=utf-8', vary: 'Accept' } })
  t.match(answer.body, /^Longhand, a calculator /)
  for (const line of [
    '  http://localhost:8080/', '  http://localhost:8080/docs',
    '  curl http://localhost:8080/api/v1/calculate -H \'Content-Type: application/json\' ' +
    '-d \'{"expression": "(1+2)*(3+4)-5/2"}\'',
    "  curl 'http://localhost:8080/api/v1/expressions/ID?wait=30'"
  ]) t.ok(answer.body.split('\n').includes(line), line)
  t.ok(answer.body.split('\n').every(line => line.length <= 120), 'it fits into a terminal')
})

test('the text has the address as the client knows it', async t => {
  const { app } = buildWithPage(t)
  for (const [headers, base] of [
    [{ host: 'localhost' }, 'http://localhost/'],
    [{ host: '[::1]:8080' }, 'http://[::1]:8080/'],
    [{ host: 'localhost', 'x-forwarded-proto': 'https' }, 'https://localhost/'],
    [{ host: 'localhost', 'x-forwarded-prefix': '/apps/calc' }, 'http://localhost/apps/calc/'],
    [{ host: 'localhost', 'x-forwarded-prefix': '/apps/calc/' }, 'http://localhost/apps/calc/'],
    [{ host: 'localhost', 'x-forwarded-proto': 'gopher', 'x-forwarded-prefix': '/$(reboot)' }, 'http://localhost/'],
    [{ host: 'localhost', 'x-forwarded-prefix': '//evil.example' }, 'http://localhost/']
  ] as const) {
    const { body } = await app.inject({ url: '/', headers })
    t.match(body, `  ${base}\n`, JSON.stringify(headers))
    t.match(body, `${base}api/v1/calculate`)
  }
  const { body } = await app.inject({ url: '/', headers: { host: '[::1]:8080' } })
  t.match(body, "curl 'http://[::1]:8080/api/v1/calculate' ", 'a shell would expand the brackets')
})

test('only its own names get the page', async t => {
  const { app } = buildWithPage(t)
  for (const url of ['/', '/page/page-AAAA.js']) {
    const refused = await app.inject({ url, headers: { ...HTML, host: 'evil.example' } })
    t.match([refused.statusCode, refused.json()], [421, { code: 'host_refused' }], url)
  }
})

test('a frame may show the page where the settings say so', async t => {
  const { app } = buildWithPage(t, { settings: { FRAME_ANCESTORS: "'self' https://course.example" } })
  const { headers } = await app.inject({ url: '/?embed=1', headers: HTML })
  t.match(headers['content-security-policy'], /; frame-ancestors 'self' https:\/\/course\.example$/)
  t.notOk('x-frame-options' in headers)
  t.match((await app.inject('/docs')).headers['content-security-policy'], "frame-ancestors 'none'", 'no other page')
})

test('its files are kept for good, and come compressed to those who accept that', async t => {
  const { app } = buildWithPage(t)
  for (const [name, type] of [
    ['page-AAAA.js', 'text/javascript; charset=utf-8'], ['style-AAAA.css', 'text/css; charset=utf-8']
  ] as const) {
    for (const [coding, end] of [['br', '.br'], ['gzip', '.gz'], ['identity', '']] as const) {
      const { statusCode, headers, body } = await app.inject({
        url: `/page/${name}`, headers: { 'accept-encoding': coding }
      })
      t.equal(statusCode, 200)
      t.equal(body, `${name}${end}`)
      t.match(headers, {
        'content-type': type,
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'Accept-Encoding',
        'x-content-type-options': 'nosniff'
      })
      t.equal(headers['content-encoding'], end === '' ? undefined : coding)
    }
  }
  for (const name of ['files.json', 'page-BBBB.js', 'page-AAAA.js.gz', '..%2f..%2fpackage.json', '__proto__', '']) {
    const { statusCode, headers } = await app.inject(`/page/${name}`)
    t.equal(statusCode, 404, name)
    t.notMatch(String(headers['cache-control']), /immutable/)
  }
})

test('a page that is built anew is served without a restart, and one that is not built is missing', async t => {
  const folder = builtPage(t)
  const { app, log } = buildWithPage(t, { pageFolder: folder })
  const scriptOf = async (): Promise<string | undefined> =>
    /page\/page-(\w+)/.exec((await app.inject({ url: '/', headers: HTML })).body)?.[1]
  t.equal(await scriptOf(), 'AAAA')
  for (const [name, text] of Object.entries(filesOf('BBBB'))) writeFileSync(new URL(name, folder), text)
  utimesSync(new URL('files.json', folder), 1, 1)
  t.equal(await scriptOf(), 'BBBB')
  t.equal((await app.inject('/page/page-AAAA.js')).statusCode, 404)

  rmSync(folder, { recursive: true })
  const missing = await app.inject({ url: '/', headers: HTML })
  t.match(missing, { statusCode: 503, headers: { 'content-type': 'text/plain; charset=utf-8' } })
  t.match(missing.body, 'npm run build')
  t.equal((await app.inject('/')).statusCode, 200, 'the text needs no build')
  t.equal((await app.inject('/page/page-BBBB.js')).statusCode, 404)
  mkdirSync(folder)
  for (const [name, text] of Object.entries(filesOf('CCCC'))) writeFileSync(new URL(name, folder), text)
  t.equal(await scriptOf(), 'CCCC')
  t.same(log, [])
})

test('a browser without scripts gets a table of the latest expressions of all services', async t => {
  const { app } = buildWithPage(t)
  t.match((await app.inject({ url: '/', headers: HTML })).body, 'There are none yet.')
  await submit(app, '1+1')
  await app.inject({ method: 'POST', url: '/api/v1/add/2/3' })
  await submit(app, '7')
  for (let id = 4; id <= 101; id++) await submit(app, '1')
  const { body } = await app.inject({ url: '/', headers: HTML })
  const rows = [...body.matchAll(/<tr><th scope="row"><a href="\?id=(\d+)">\1<\/a><\/th>(.*?)<\/tr>/g)]
    .map(([, id, rest = '']) => [Number(id), ...[...rest.matchAll(/<td>(.*?)<\/td>/g)].map(([, cell]) => cell)])
  t.equal(rows.length, 100)
  t.match(rows[0], [101, 'expression', 'completed', '1', /^<time datetime="[^"]+Z">/], 'the latest first')
  t.match(rows.at(-2), [3, 'expression', 'completed', '7'])
  t.match(rows.at(-1), [2, 'job-order', 'pending', ''])
})

test('a browser without scripts gets an expression with its operations and their attempts', async t => {
  const { app } = buildWithPage(t)
  const id = await submit(app, '2*3-sqrt(4)')
  const task = await claim(app)
  const error = { code: 'no_beads', message: '<b>no beads</b>', retryable: true }
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: task.id, error } })
  t.match((await app.inject('/internal/task?agent=lab-3')).json(), { task: { id: task.id } })
  const { statusCode, body } = await app.inject({ url: `/?id=${id}`, headers: HTML })
  t.equal(statusCode, 200)
  t.match(body, `<title>${id} · Longhand</title>`)
  t.match(body, '<code>2*3-sqrt(4)</code>')
  t.match(body, '<td>2 * 3</td><td>leased</td>')
  t.match(body, '<td>sqrt(4)</td><td>ready</td>')
  t.match(body, '<td>[1] - [2]</td><td>waiting</td>')
  t.match(body, /<li value="1">failed, an agent without a name, from <time .*? to <time .*?: &lt;b&gt;no beads&lt;\/b&gt;</)
  t.match(body, '<li value="2">open, lab-3, from <time ')
  t.match(body, '<p>0 of 3 are completed. Reload the page')
  t.notMatch(body, '<b>')
})

test('texts are escaped and cut, and of many operations the first 1,000 are shown', async t => {
  const { app } = buildWithPage(t)
  const created = await app.inject({
    method: 'POST', url: '/create-task', payload: { name: '<img src=x onerror=alert(1)>', duration_ms: 1 }
  })
  const { body: escaped } = await app.inject({ url: `/?id=${created.json<{ id: number }>().id}`, headers: HTML })
  t.match(escaped, '<code>&lt;img src=x onerror=alert(1)&gt;</code>')
  t.notMatch(escaped, '<img')
  const long = await submit(app, `${' '.repeat(10_000)}1+1`)
  t.match((await app.inject({ url: `/?id=${long}`, headers: HTML })).body, `<code>${' '.repeat(10_000)} …</code>`)
})

test('what is not there or cannot be read is said in the document, with its status', async t => {
  let isDown = false
  const { app, log } = buildWithPage(t, {
    store: ({ findOperations, list }) => ({
      list: async query => {
        if (isDown) throw domainError('storage_unavailable')
        return list(query)
      },
      findOperations
    })
  })
  const unknown = await app.inject({ url: '/?id=77', headers: HTML })
  t.equal(unknown.statusCode, 404)
  t.notOk(unknown.headers['retry-after'])
  t.match(unknown.body, '<h1>Expression unknown</h1>')
  t.match(unknown.body, '<script type="module"')
  for (const query of ['?id=0', '?id=x', '?id=1&id=2', '?view=agents', '?id=9999999999999999']) {
    const { statusCode, body } = await app.inject({ url: `/${query}`, headers: HTML })
    t.match([statusCode, body], [200, '<h1>Expressions</h1>'], query)
  }
  isDown = true
  const away = await app.inject({ url: '/', headers: HTML })
  t.equal(away.statusCode, 503)
  t.match(away.body, '<h1>Storage unavailable</h1>')
  t.match(away.body, '<script type="module"')
  t.same(log, [])
  const ofApi = await app.inject('/api/v1/expressions')
  t.equal(ofApi.statusCode, 503)
  t.ok(away.headers['retry-after'])
  t.equal(away.headers['retry-after'], ofApi.headers['retry-after'], 'as the API says')
})

test('below a prefix the page is at the prefix with a slash', async t => {
  for (const prefix of ['/calc', '/calc/', '/:tenant/calc']) {
    const app = Fastify()
    t.teardown(() => app.close())
    app.get('/', async () => 'of the host')
    await app.register(longhandPlugin, { ...buildParts(t, { pageFolder: builtPage(t) }).options, prefix })
    const mounted = prefix.includes('tenant') ? '/acme/calc' : '/calc'
    t.match((await app.inject({ url: `${mounted}/`, headers: HTML })).body, 'src="page/page-AAAA.js"', prefix)
    t.equal((await app.inject(`${mounted}/page/page-AAAA.js`)).statusCode, 200)
    t.match((await app.inject({ url: `${mounted}/`, headers: { host: 'localhost' } })).body,
      `http://localhost${mounted}/api/v1/calculate`)
    t.equal((await app.inject({ url: '/', headers: HTML })).body, 'of the host')
    if (prefix.endsWith('/')) continue
    const moved = await app.inject({ url: `${mounted}?id=1&x=%22"`, headers: HTML })
    t.match([moved.statusCode, moved.headers.location], [308, './calc/?id=1&x=%22%22'])
    t.equal(moved.headers.vary, 'Accept')
    t.match(await app.inject({ url: mounted, headers: { host: 'localhost' } }),
      { statusCode: 200, body: `http://localhost${mounted}/docs` }, 'curl does not follow a redirect')
  }
})

test('a host whose paths ignore a slash at their end gets the page once', async t => {
  const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } })
  t.teardown(() => app.close())
  await app.register(longhandPlugin, { ...buildParts(t, { pageFolder: builtPage(t) }).options, prefix: '/calc' })
  t.equal((await app.inject({ url: '/calc/', headers: HTML })).statusCode, 200)
  t.equal((await app.inject({ url: '/calc', headers: HTML })).statusCode, 308)
})

test('without a prefix of its own the plugin leaves the root to its host', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(longhandPlugin, buildParts(t, { pageFolder: builtPage(t) }).options)
  t.equal((await app.inject({ url: '/', headers: HTML })).statusCode, 404)
  t.equal((await app.inject('/page/page-AAAA.js')).statusCode, 404)
})

test('the built page takes less than 60 kB compressed, and is what its source says', async t => {
  const { app } = build(t)
  const { body } = await app.inject({ url: '/', headers: HTML })
  const files = [...body.matchAll(/"(page\/[^"]+)"/g)].map(([, path]) => String(path))
  t.equal(files.length, 2)
  let bytes = 0
  for (const path of files) {
    const plain = await app.inject(`/${path}`)
    const gzip = await app.inject({ url: `/${path}`, headers: { 'accept-encoding': 'gzip' } })
    const br = await app.inject({ url: `/${path}`, headers: { 'accept-encoding': 'br' } })
    bytes += gzip.rawPayload.length
    t.ok(plain.rawPayload.equals(readFileSync(new URL(`../../../dist/${path}`, import.meta.url))), path)
    t.ok(gunzipSync(gzip.rawPayload).equals(plain.rawPayload))
    t.ok(brotliDecompressSync(br.rawPayload).equals(plain.rawPayload))
  }
  t.ok(bytes < 60_000, `${bytes} bytes`)
})
