/** The proxy configuration that is shipped, before a real nginx; skipped where there is none. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
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

/** nginx as it is shipped, before this server; answers its URL. */
async function launchProxy (
  t: Test, { url }: LaunchedServer, change = (text: string): string => text
): Promise<string> {
  const folder = t.testdirName
  const port = await freePort()
  const { host } = new URL(url)
  let text = change(CONFIGURATION)
  text = replaced(text, 'server orchestrator-1:8080;', `server ${host};`)
  text = replaced(text, /\n *server orchestrator-2:8080;/, '')
  text = replaced(text, 'listen 80;', `listen 127.0.0.1:${port};`)
  // Not where the machine's own nginx has them.
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/${name};`)
  text = replaced(text, 'access_log off;', `access_log off; ${paths.join(' ')}`)
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, text)
  const options = `daemon off; pid ${join(folder, 'nginx.pid')}; error_log stderr;`
  const nginx = spawn('nginx', ['-c', file, '-g', options], { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  nginx.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString() })
  t.teardown(() => ended(nginx))
  const proxy = `http://127.0.0.1:${port}`
  while (!await fetch(`${proxy}/health/live`).then(answer => answer.ok, () => false)) {
    if (nginx.exitCode !== null) throw new Error(`nginx did not start: ${errors}`)
  }
  return proxy
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
  const proxy = await launchProxy(t, server)
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
  const proxy = await launchProxy(t, server, text => replaced(text, /\n *location \/internal\/ \{[^}]*\}/, ''))
  t.equal((await fetch(`${server.url}/internal/task`)).status, 404, 'without a proxy this machine is let in')
  t.equal((await fetch(`${proxy}/internal/task`)).status, 401)
  t.equal((await fetch(`${proxy}/internal/task`, { headers: { 'x-forwarded-for': '127.0.0.1' } })).status, 401)
  t.equal((await fetch(`${proxy}/internal/task`, { headers: { authorization: 'Bearer wrong' } })).status, 401)
  const authorization = `Bearer ${TOKEN}`
  t.equal((await fetch(`${proxy}/internal/task`, { headers: { authorization } })).status, 404)
  t.equal((await call('POST', `${proxy}/internal/task`, { id: 1, result: 1 })).status, 401)
})
