import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'tap'
import { call, launchServer } from './launch.js'

test('agents and slow clients share one grace: both use all of it, and the server ends by itself', async t => {
  t.testdir({})
  // Were the grace begun anew for the client, the two would take longer than the 5 s after which the process is killed.
  const server = await launchServer(t, { COMPUTING_POWER: 1, TIME_ADDITION_MS: 5_500, SHUTDOWN_GRACE_MS: 8_000 })
  const slow = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => {})
  t.teardown(() => slow.destroy())
  await once(slow, 'connect')
  slow.write('POST /api/v1/calculate HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\n{')
  await call('POST', `${server.url}/api/v1/calculate`, { expression: '1+2' })
  for (;;) {
    const { body } = await call('GET', `${server.url}/api/v1/expressions/1`)
    if ((body as { expression: { status: string } }).expression.status === 'in_progress') break
  }
  t.equal(await server.stop(), 0)
  t.notMatch(server.output(), /Closing takes too long/)

  const again = await launchServer(t)
  const { body } = await call('GET', `${again.url}/api/v1/expressions/1`)
  t.match(body, { expression: { status: 'completed', result: 3 } })
})
