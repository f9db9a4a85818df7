import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { networkInterfaces } from 'node:os'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { type Test, test } from 'tap'
import { type Server, createServer } from '../src/server.js'
import { type Environment, readSettings } from '../src/settings.js'
import type { FileStoreOptions } from '../src/store/file/index.js'
import { type StoreAddress, openStore } from '../src/store/open.js'

interface Started {
  readonly server: Server
  /** What was logged so far. */
  log (): string
}

/** A server on a free port of this machine, without agents unless the environment says so. */
async function start (t: Test, environment: Environment = {}): Promise<Started> {
  let text = ''
  const lines = new Writable({
    write (line, _encoding, done) {
      text += String(line)
      done()
    }
  })
  const settings = readSettings({
    PORT: '0', COMPUTING_POWER: '0', DATA_FILE: 'memory:', SHUTDOWN_GRACE_MS: '2000', ...environment
  })
  const server = await createServer(settings, pino({ level: 'debug' }, lines))
  // A test may have closed it to see it fail.
  t.teardown(() => server.close().catch(() => {}))
  return { server, log: () => text }
}

test('the store is closed also when the HTTP server cannot be', async t => {
  const DATA_FILE = join(t.testdir({}), 'longhand.json')
  const { server } = await start(t, { DATA_FILE })
  const close = server.app.close.bind(server.app)
  t.teardown(() => close())
  Object.assign(server.app, { close: () => Promise.reject(new Error('cannot be closed')) })
  await t.rejects(server.close(), /cannot be closed/)
  await t.rejects(server.close(), /cannot be closed/, 'it is done once')
  await t.resolves(start(t, { DATA_FILE }), 'the next one can have it')
})

test('own agents send a token of the process alone, which is valid whatever the settings say', async t => {
  const secret = 'correct-horse-battery-staple'
  const { server, log } = await start(t, { COMPUTING_POWER: '1', INTERNAL_TOKEN: secret, INTERNAL_ALLOW: '192.0.2.5' })
  const [{ headers: { authorization } }] = await once(server.app.server, 'request') as [IncomingMessage]
  t.match(authorization, /^Bearer [0-9a-f]{64}$/)
  const poll = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${server.url}/internal/task`, { headers: { ...headers, 'x-forwarded-for': '203.0.113.9' } })).status
  t.equal(await poll({ authorization: authorization! }), 404, 'let in though it does not look local')
  t.equal(await poll({}), 401)
  await server.close()
  const own = authorization!.slice('Bearer '.length)
  t.match(log(), /Agent started/)
  t.notOk(log().includes(own), 'it is not logged')
  t.notOk(Object.values(process.env).includes(own))
  const other = await start(t, { COMPUTING_POWER: '1' })
  const [{ headers }] = await once(other.server.app.server, 'request') as [IncomingMessage]
  t.not(headers.authorization, authorization)
})

test('a server on an address of the network reaches its own agents', async t => {
  const address = Object.values(networkInterfaces()).flat()
    .find(found => found?.family === 'IPv4' && !found.internal)?.address
  if (address === undefined) return t.pass('there is no network')
  const { server } = await start(t, {
    HOST: address, INTERNAL_ALLOW: '192.0.2.5', COMPUTING_POWER: '1', TIME_MULTIPLICATIONS_MS: '0'
  })
  const created = await fetch(`${server.url}/api/v1/calculate`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"expression":"6*7"}'
  })
  t.equal(created.status, 201)
  const answer = await fetch(`${server.url}/api/v1/expressions/1?wait=30`)
  t.match(await answer.json(), { expression: { status: 'completed', result: 42 } })
})

test('a disk fault that needs a new process is passed to the embedding program, and ends nothing', async t => {
  let fail = (_error: unknown, _fatal: boolean): void => {}
  const engine = await t.mockImport<typeof import('../src/engine.js')>('../src/engine.js', {
    '../src/store/open.js': {
      openStore (address: StoreAddress, options: FileStoreOptions) {
        fail = options.onFault
        return openStore(address, options)
      }
    }
  })
  const mocked =
    await t.mockImport<typeof import('../src/server.js')>('../src/server.js', { '../src/engine.js': engine })
  const settings = readSettings({ PORT: '0', COMPUTING_POWER: '0', DATA_FILE: 'memory:' })
  const faults: unknown[] = []
  const onFatal = (error: unknown): unknown => faults.push(error)
  const server = await mocked.createServer(settings, pino({ level: 'silent' }), { onFatal })
  t.teardown(() => server.close())
  const error = new Error('EIO')
  fail(error, false)
  t.same(faults, [], 'a fault that may pass')
  fail(error, true)
  t.same(faults, [error])
  t.equal((await fetch(`${server.url}/health/live`)).status, 200, 'the process goes on')
})
