/** What an agent finds out about a server, and how it warns. */
import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { type Test, test } from 'tap'
import { createDiscovery } from '../../../src/agent/dialects/discovery.js'
import { createClient } from '../../../src/agent/client.js'
import { startAgent } from '../../../src/agent/pool.js'
import {
  type Answer, type Script, NO_TASK, WAITING, batchAnswer, listeningLog, scriptOrchestrator, taskAnswer
} from '../scripted-orchestrator.js'

const REQUEST = { waitSeconds: 3, agent: 'a', instance: 'i', operations: ['+'], max: 1, maxMs: null }
const { signal: NEVER } = new AbortController()
const BARE = '/internal/task'
const TASK = taskAnswer({ id: 7, operation: '*', arg1: 6, arg2: 7, operation_time: 0 })
const OURS = batchAnswer({ id: 7, operation: '*', arg1: 6, arg2: 7, operation_time: 0, lease: 'L', lease_ms: 1_000 })
const NONE_OF_OURS: Answer = { status: 404, headers: { 'cache-control': 'no-store' } }

function clientOf (t: Test, url: string, silenceMs = 5_000) {
  const warnings: string[] = []
  const client = createClient({
    url, loops: 1, request: REQUEST, silenceMs, warn: sentence => warnings.push(sentence)
  })
  t.teardown(() => client.close())
  return { client, warnings }
}

async function scripted (t: Test, claim: Script) {
  const orchestrator = await scriptOrchestrator(claim)
  t.teardown(() => orchestrator.close())
  const targets = (): string[] => orchestrator.claims.map(({ target }) => target.replace(/\?.*/s, '?…'))
  return { orchestrator, targets, ...clientOf(t, orchestrator.url) }
}

test('an orchestrator that compares the path literally gets the bare path from then on', async t => {
  const queue: Answer[] = [TASK, NO_TASK, TASK]
  const { client, targets, warnings } = await scripted(t, ({ target }) =>
    target === BARE ? queue.shift()! : { status: 404, body: 'Nothing matches the given URI' })
  t.match(await client.claim(NEVER), { tasks: [{ id: '7' }] })
  t.equal(await client.claim(NEVER), null)
  t.match(await client.claim(NEVER), { tasks: [{ id: '7' }] })
  t.strictSame(targets(), [`${BARE}?…`, BARE, BARE, BARE])
  t.strictSame(warnings, [])
})

test('so does one whose queue was empty at first', async t => {
  const queue: Answer[] = [NO_TASK, TASK]
  const { client, warnings } = await scripted(t, ({ target }) => target === BARE ? queue.shift()! : NO_TASK)
  t.equal(await client.claim(NEVER), null)
  t.match(await client.claim(NEVER), { tasks: [{ id: '7' }] })
  t.match(warnings, [/answers 404\. An orchestrator answers this while it has no task, another server because/])
})

test('our own orchestrator always gets the parameters, except after an answer of a proxy', async t => {
  const answers: Answer[] = [NONE_OF_OURS, OURS, { status: 404, body: '<html>' }, NONE_OF_OURS, OURS, OURS]
  const { client, targets } = await scripted(t, (_call, count) => answers[count - 1]!)
  for (let count = 0; count < 5; count++) await client.claim(NEVER)
  t.strictSame(targets(), [`${BARE}?…`, `${BARE}?…`, `${BARE}?…`, BARE, `${BARE}?…`, `${BARE}?…`])
})

test('a warning names a server that is not an orchestrator once, with its answer', async t => {
  const cases: ReadonlyArray<readonly [Answer, RegExp]> = [
    [{ status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>Not Found</h1>' },
      /\/internal\/task answers 404 with an HTML page: this server is not an orchestrator.*ORCHESTRATOR_URL/],
    [{ status: 404, body: '{"message":"Route GET:/internal/task not found"}' }, /does not know the path/],
    [{ status: 404, body: '404 page not found\n' }, /does not know the path/],
    [{ status: 200, body: '{}' }, /answers 200: \{\}\. An orchestrator answers this while it has no task/],
    [{ status: 204 }, /answers 204\. An orchestrator answers this while it has no task/]
  ]
  for (const [answer, sentence] of cases) {
    const { client, warnings } = await scripted(t, () => answer)
    for (let count = 0; count < 3; count++) t.equal(await client.claim(NEVER), null)
    t.equal(warnings.length, 1)
    t.match(warnings, [sentence])
  }
})

test('an answer that does not fit a claim is explained', async t => {
  const cases: ReadonlyArray<readonly [Answer, RegExp]> = [
    [{ status: 200, body: '<!doctype html><p>Hello' }, /answers 200 with an HTML page: this server is not an orch/],
    [{ status: 200, body: '{"status":"ok"}' }, /answers 200: \{"status":"ok"\}, which is not a task.*ORCHESTRATOR_URL/],
    [{ status: 200, body: 'Hello' }, /answers 200: Hello, which is not a task/],
    [{ status: 301, headers: { location: 'https://example.org/' } }, /redirects to https:\/\/example\.org\/\. Set ORCH/],
    [{
      status: 401,
      headers: { 'content-type': 'application/problem+json; charset=utf-8' },
      body: '{"type":"urn:longhand:error:token_required","detail":"Agents need the token"}'
    }, /^The orchestrator answered 401: Agents need the token\. Set INTERNAL_TOKEN to the secret of this server$/],
    [{ status: 401, headers: { 'content-type': 'application/problem+json' }, body: 'null' }, /answered 401: null\. Set/],
    [{ status: 500, body: '<html>' }, /answered 500 with an HTML page.*is not an orchestrator, or a proxy/]
  ]
  for (const [answer, sentence] of cases) {
    const { client } = await scripted(t, () => answer)
    await t.rejects(client.claim(NEVER), sentence)
  }
})

/** A server that accepts connections and passes them to the test. */
async function listening (t: Test, take: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => {}))
    take(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a server that speaks another protocol is recognised', async t => {
  const { client } = clientOf(t, await listening(t, socket => socket.end('SSH-2.0-OpenSSH_9.6\r\n')))
  await t.rejects(client.claim(NEVER), /does not speak HTTP/)
  const { port } = new URL((await scripted(t, () => NO_TASK)).orchestrator.url)
  await t.rejects(clientOf(t, `https://127.0.0.1:${port}`).client.claim(NEVER), /does not speak TLS/)
})

test('a server that never answers is told apart from a claim that waits', async t => {
  const silent = await listening(t, () => {})
  const log = listeningLog()
  const agent = startAgent({ urls: [silent], power: 1, threads: 1, graceMs: 0, log })
  t.teardown(() => agent.kill())

  const patient = await scriptOrchestrator(() => WAITING)
  t.teardown(() => patient.close())
  const { client, warnings } = clientOf(t, patient.url, 1_000)
  const aborting = new AbortController()
  const claiming = client.claim(aborting.signal)
  await patient.heartbeaten(1)
  await log.heard(/^warn .*has not answered for 4 s/)
  t.strictSame(warnings, [], 'it answered the ping')
  aborting.abort()
  await t.rejects(claiming)
})

test('an unreachable server is reported by its reason, and not as silent too', async t => {
  const claimOf = (claim: () => Promise<never>, warn: (sentence: string) => void) => createDiscovery(
    { taskUrl: 'http://example.test/internal/task', getTask: claim },
    { claim, ping: () => WAITING },
    { waitSeconds: 20, unitsPerMs: 1, silenceMs: 1, warn }
  )(NEVER)
  const warnings: string[] = []
  await t.rejects(claimOf(async () => { throw new Error('refused') }, sentence => warnings.push(sentence)), /refused/)
  // This server is silent, and its warning comes after the other's would have come.
  await new Promise<string>(resolve => { claimOf(() => WAITING, resolve) })
  t.strictSame(warnings, [])
})

test('an agent with a wrong URL logs that once', async t => {
  const page = await scriptOrchestrator(() => ({ status: 404, body: '<html><h1>Not Found' }))
  t.teardown(() => page.close())
  const log = listeningLog()
  const agent = startAgent({ urls: [`${page.url}/shop`], power: 4, threads: 1, graceMs: 0, log })
  t.teardown(() => agent.kill())
  await log.heard(/^warn http:\/\/127\.0\.0\.1:\d+\/shop\/internal\/task answers 404 with an HTML page/)
  await page.claimed(8)
  t.equal(log.messages.filter(line => line.startsWith('warn')).length, 1)
})
