import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Test, test } from 'tap'
import { startServer } from '../store/postgres/server.js'
import { audit, audited } from './audit.js'
import { type Hosts, canMakeHosts, makeHosts } from './hosts.js'
import { type Answer, launch } from './launch.js'

const LEASE_MS = 1_000

/** Longer than any lease, operation and batch included. */
const OUTAGE_MS = 4_000

const TOKEN = 'a-token-for-tests-only'
const PORT = 8080

/** Serves one host's database port from PostgreSQL's socket, which is a file and so on every host. */
const FORWARD = `
const net = require('node:net')
net.createServer(near => {
  const far = net.connect(process.argv[1])
  for (const [from, to] of [[near, far], [far, near]]) from.on('error', () => to.destroy()).pipe(to)
}).listen(5432, process.argv[2], () => console.log('ready'))`

const REQUEST = `
const [method, url, body] = process.argv.slice(1)
fetch(url, { method, body, headers: body && { 'content-type': 'application/json' } })
  .then(async response => console.log(JSON.stringify({ status: response.status, body: await response.json() })))`

const why = canMakeHosts() ? false : 'network namespaces need rights that this process does not have (ip netns)'

test('hosts whose link is cut for longer than a lease lose their tasks to others, and come back', {
  skip: why, timeout: 180_000
}, async t => {
  t.testdir({})
  const postgres = await startServer()
  const url = await postgres.createDatabase()
  const hosts = makeHosts(t, ['database', 'one', 'other', 'left', 'right', 'client'])
  await forward(t, hosts, postgres.socket)
  const remote = url.replace(`127.0.0.1:${postgres.port}`, `${hosts.addressOf('database')}:5432`)
  const urls = ['one', 'other'].map(host => `http://${hosts.addressOf(host)}:${PORT}`)
  const [one, other] = urls as [string, string]

  const servers = ['one', 'other'].map(host => launch(t, [], {
    HOST: hosts.addressOf(host),
    PORT,
    DATABASE_URL: remote,
    INTERNAL_TOKEN: TOKEN,
    COMPUTING_POWER: 0,
    TASK_LEASE_MS: LEASE_MS,
    TASK_ATTEMPTS: 100,
    TIME_ADDITION_MS: 300,
    TIME_MULTIPLICATIONS_MS: 300,
    LOG_LEVEL: 'fatal'
  }, { namespace: hosts.namespaceOf(host) }))
  for (const server of servers) await server.printed(/API/)
  await audit(postgres, url)
  const agentAt = (host: string) => launch(t, ['agent', '--orchestrator', urls.join(), '--name', host, '--power', '4'],
    { INTERNAL_TOKEN: TOKEN, LOG_LEVEL: 'fatal' }, { namespace: hosts.namespaceOf(host) })
  agentAt('left')
  const right = agentAt('right')

  const source = '(1+2)*(3+4)+(5+6)*(7+8)+(9+10)*(11+12)'
  const submit = (url: string): Promise<number> => submitted(hosts, url, source)
  const completed = async (url: string, id: number): Promise<void> => {
    const { body } = await request(hosts, 'GET', `${url}/api/v1/expressions/${id}?wait=60`)
    t.match(body, { expression: { status: 'completed', result: 623 } }, `expression ${id} at ${url}`)
  }
  const working = async (host: string): Promise<boolean> => {
    const rows = await postgres.query(url, "SELECT FROM longhand.task WHERE state = 'leased' AND agent = $1", [host])
    return rows.length > 0
  }

  await completed(other, await submit(one))

  let ids = [await submit(one), await submit(other)]
  while (!await working('left')) await delay(10)
  hosts.cut('left')
  for (const id of ids) await completed(other, id)
  await delay(OUTAGE_MS)
  hosts.heal('left')

  ids = [await submit(one), await submit(other)]
  hosts.cut('one')
  ids.push(await submit(other))
  for (const id of ids) await completed(other, id)
  await delay(OUTAGE_MS)
  hosts.heal('one')
  await completed(one, await submit(one))

  // The first agent is back, and alone.
  t.equal(await right.stop(), 0)
  await completed(one, await submit(other))
  const { leases, violations } = await audited(postgres, url)
  t.same(violations, [], `no task had two live leases, of ${leases}`)
  for (const server of servers) t.equal(await server.stop(), 0)
})

async function forward (t: Test, hosts: Hosts, socket: string): Promise<void> {
  const child = spawn('ip', [
    'netns', 'exec', hosts.namespaceOf('database'), process.execPath, '-e', FORWARD, socket, hosts.addressOf('database')
  ], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => { child.kill('SIGKILL') })
  await once(child.stdout, 'data')
}

/** From a host of its own. */
async function request (hosts: Hosts, method: string, url: string, body?: unknown): Promise<Answer> {
  const { stdout } = await promisify(execFile)('ip', [
    'netns', 'exec', hosts.namespaceOf('client'), process.execPath, '-e', REQUEST, method, url,
    ...body === undefined ? [] : [JSON.stringify(body)]
  ])
  return JSON.parse(stdout) as Answer
}

async function submitted (hosts: Hosts, url: string, expression: string): Promise<number> {
  for (;;) {
    const { status, body } = await request(hosts, 'POST', `${url}/api/v1/calculate`, { expression })
    if (status === 201) return (body as { id: number }).id
    if (status !== 503) throw new Error(`${status} ${JSON.stringify(body)}`)
  }
}
