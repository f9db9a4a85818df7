import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { type Test, test } from 'tap'
import { type Server, createServer } from '../src/server.js'
import { type Environment, readSettings } from '../src/settings.js'

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
