/** The proxy configuration that is shipped, before a real nginx; skipped where there is none. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { freePort } from '../free-port.js'
import { type LaunchedServer, call, launchServer } from './launch.js'

const CONFIGURATION = readFileSync(new URL('../../deploy/nginx.conf', import.meta.url), 'utf8')

const skip = spawnSync('nginx', ['-v']).error === undefined ? false : 'there is no nginx on the PATH'

const TOKEN = 'a-long-random-secret'

/** Replaces what must be there. */
function replaced (text: string, what: string | RegExp, by: string): string {
  if (text.search(what) === -1) throw new Error(`${String(what)} is not in the configuration`)
  return text.replace(what, by)
}

/** Whether this nginx is too old for names that are resolved again; here, there are only addresses. */
function isOld (): boolean {
  const { stderr } = spawnSync('nginx', ['-v'], { encoding: 'utf8' })
  const [major = 0, minor = 0, patch = 0] = /(\d+)\.(\d+)\.(\d+)/.exec(stderr)?.slice(1).map(Number) ?? []
  return major * 1e6 + minor * 1e3 + patch < 1_027_003
}

/** nginx as it is shipped, before these two servers; answers its URL. */
async function launchProxy (
  t: Test, servers: readonly [string, string], change = (text: string): string => text
): Promise<string> {
  const folder = t.testdirName
  const port = await freePort()
  let text = change(CONFIGURATION)
  for (const [index, url] of servers.entries()) {
    text = replaced(text, `server orchestrator-${index + 1}:8080 `, `server ${new URL(url).host} `)
    if (isOld()) text = replaced(text, ' resolve;', ';')
  }
  text = replaced(text, 'listen 8080;', `listen 127.0.0.1:${port};`)
  // Not where another one has them.
  text = replaced(text, /\/tmp\//g, `${folder}/`)
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, text)
  const nginx = spawn('nginx', ['-c', file, '-g', 'daemon off; error_log stderr;'], {
    stdio: ['ignore', 'ignore', 'pipe']
  })
  let errors = ''
  nginx.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString() })
  t.teardown(() => ended(nginx))
  const proxy = `http://127.0.0.1:${port}`
  while (!await fetch(`${proxy}/health/live`).then(answer => answer.ok, () => false)) {
    if (nginx.exitCode !== null) throw new Error(`nginx did not start: ${errors}`)
  }
  return proxy
}

/** An address at which nobody listens. */
async function nobody (): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`
}

/** A server that answers what it is told to, and counts what it is asked. */
interface Scripted {
  readonly url: string
  /** What became of each POST. */
  readonly posts: number[]
  isAway: boolean
}

async function startScripted (t: Test): Promise<Scripted> {
  const server = createServer((request, response) => {
    const status = scripted.isAway ? 503 : 200
    if (request.method === 'POST') scripted.posts.push(status)
    response.writeHead(status, status === 503 ? { 'retry-after': '1', 'content-type': 'application/problem+json' } : {})
    response.end(JSON.stringify({ status }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const scripted: Scripted = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posts: [], isAway: false
  }
  return scripted
}

async function ended (child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGQUIT')
  await exit
}

test('clients work through the proxy, and are refused what Longhand refuses', { skip }, async t => {
  t.testdir({})
  const server = await launchServer(t, { COMPUTING_POWER: 2, TIME_ADDITION_MS: 200, INTERNAL_TOKEN: TOKEN })
  const proxy = await launchProxy(t, [server.url, await nobody()])
  const { status, body } = await call('POST', `${proxy}/api/v1/calculate`, { expression: '1+2' })
  t.equal(status, 201)
  const { id } = body as { id: number }
  const shown = await call('GET', `${proxy}/api/v1/expressions/${id}?wait=30`)
  t.match(shown.body, { expression: { status: 'completed', result: 3 } }, 'held back until it was done')
  const large = await fetch(`${proxy}/api/v1/calculate`, { method: 'POST', body: '1'.repeat(3 * 1024 * 1024) })
  t.equal(large.status, 413)
  t.match(await call('POST', `${proxy}/api/v1/calculate`, { expression: '1+' }), { status: 422 })
  const closed = await fetch(`${proxy}/internal/task`)
  t.equal(closed.status, 404)
  t.match(closed.headers.get('server'), /nginx/, 'which nobody behind it was asked')
})

test('strangers behind a proxy on this machine stay strangers', { skip }, async t => {
  t.testdir({})
  const server = await launchServer(t, { INTERNAL_TOKEN: TOKEN })
  // As somebody would set it up who wants agents from outside.
  const proxy = await launchProxy(t, [server.url, await nobody()], text =>
    replaced(text, /\n *location \/internal\/ \{[^}]*\}/, ''))
  t.equal((await fetch(`${server.url}/internal/task`)).status, 401, 'without a proxy, too')
  t.equal((await fetch(`${proxy}/internal/task`)).status, 401)
  t.equal((await fetch(`${proxy}/internal/task`, { headers: { 'x-forwarded-for': '127.0.0.1' } })).status, 401)
  t.equal((await fetch(`${proxy}/internal/task`, { headers: { authorization: 'Bearer wrong' } })).status, 401)
  const authorization = `Bearer ${TOKEN}`
  t.equal((await fetch(`${proxy}/internal/task`, { headers: { authorization } })).status, 404)
  t.equal((await call('POST', `${proxy}/internal/task`, { id: 1, result: 1 })).status, 401)
})

test('a proxy on this machine that does not say that it is one opens nothing', { skip }, async t => {
  t.testdir({})
  const server = await launchServer(t, { INTERNAL_TOKEN: TOKEN })
  // The shortest configuration that works.
  const proxy = await launchProxy(t, [server.url, await nobody()], text => replaced(replaced(
    text, /\n *location \/internal\/ \{[^}]*\}/, ''), /\n *proxy_set_header X-Forwarded-\S+ [^;]*;/g, ''))
  t.equal((await fetch(`${proxy}/internal/task`)).status, 401)
  t.equal((await call('POST', `${proxy}/internal/task`, { id: 1, result: 1 })).status, 401)
  t.equal((await fetch(`${proxy}/internal/task`, { headers: { authorization: `Bearer ${TOKEN}` } })).status, 404)
})

test('one of two servers is gone: the other serves everything, at once', { skip }, async t => {
  t.testdir({})
  const servers = await Promise.all(['a.json', 'b.json'].map(name => launchServer(t, { DATA_FILE: name })))
  const proxy = await launchProxy(t, [servers[0]!.url, servers[1]!.url])
  for (const gone of [false, true]) {
    if (gone) await servers[0]!.stop()
    for (let round = 0; round < 6; round++) {
      t.equal((await call('POST', `${proxy}/api/v1/calculate`, { expression: '1+2' })).status, 201, `POST ${round}`)
      t.equal((await call('GET', `${proxy}/api/v1/expressions`)).status, 200, `GET ${round}`)
    }
  }
})

test('a server without agents that drains takes no request from the other', { skip }, async t => {
  t.testdir({})
  const servers = await Promise.all(['a.json', 'b.json'].map(name => launchServer(t, { DATA_FILE: name })))
  const [draining, other] = servers as [LaunchedServer, LaunchedServer]
  const proxy = await launchProxy(t, [draining.url, other.url])
  // A request that does not come to its end keeps it from ending.
  const straggler = connect(Number(new URL(draining.url).port), '127.0.0.1')
  t.teardown(() => straggler.destroy())
  straggler.on('error', () => {})
  straggler.write('POST /api/v1/calculate HTTP/1.1\r\nhost: localhost\r\ncontent-length: 20\r\n\r\n{')
  t.equal((await fetch(`${draining.url}/health/ready`)).status, 200)
  const stopped = draining.stop()
  while (await fetch(`${draining.url}/health/live`).then(() => true, () => false));
  for (let round = 0; round < 6; round++) {
    t.equal((await call('POST', `${proxy}/api/v1/calculate`, { expression: '1+2' })).status, 201, `POST ${round}`)
  }
  t.equal(draining.child.exitCode, null, 'it was still there')
  straggler.destroy()
  await stopped
})

test('while both answer 503 it is their answer that comes, and afterwards both serve at once', { skip }, async t => {
  t.testdir({})
  const servers = await Promise.all([startScripted(t), startScripted(t)])
  const proxy = await launchProxy(t, [servers[0].url, servers[1].url])
  for (const isAway of [true, false]) {
    for (const server of servers) server.isAway = isAway
    for (let round = 0; round < 6; round++) {
      const answer = await fetch(proxy, { method: round % 3 === 2 ? 'POST' : 'GET' })
      t.same([answer.status, await answer.json()], isAway ? [503, { status: 503 }] : [200, { status: 200 }])
      t.equal(answer.headers.get('retry-after'), isAway ? '1' : null)
    }
  }
})

test('where one answers 503, a GET is answered by the other, and a POST is not sent again', { skip }, async t => {
  t.testdir({})
  const servers = await Promise.all([startScripted(t), startScripted(t)])
  const proxy = await launchProxy(t, [servers[0].url, servers[1].url])
  servers[0].isAway = true
  for (let round = 0; round < 6; round++) t.equal((await fetch(proxy)).status, 200)
  const statuses: number[] = []
  for (let round = 0; round < 6; round++) statuses.push((await fetch(proxy, { method: 'POST', body: '{}' })).status)
  t.same(statuses.toSorted(), servers.flatMap(({ posts }) => posts).toSorted(), 'each was asked of one server')
  t.ok(statuses.includes(503) && statuses.includes(200))
})

test('pages of the proxy\'s own address may change things, whatever its port', { skip }, async t => {
  t.testdir({})
  const server = await launchServer(t)
  const proxy = await launchProxy(t, [server.url, await nobody()])
  const body = JSON.stringify({ expression: '1+2' })
  for (const [origin, status] of [[proxy, 201], ['http://127.0.0.1', 403], ['http://elsewhere.example', 403]] as const) {
    const headers = { 'content-type': 'application/json', origin }
    t.equal((await fetch(`${proxy}/api/v1/calculate`, { method: 'POST', headers, body })).status, status, origin)
  }
})
