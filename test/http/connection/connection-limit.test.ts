import { once } from 'node:events'
import { test } from 'tap'
import { build, dial, listen, request } from '../helper.js'

const TOKEN = 'the-token-of-the-process'
const LIVE = request('GET /health/live')

test('clients beyond the limit are refused, own agents are not, and closed connections make room', async t => {
  const { app, log } = build(t, { connections: { clients: 2, own: 1 }, ownToken: TOKEN })
  const port = await listen(app)
  const [one, other] = [await dial(t, port), await dial(t, port)]
  const [refused, agent, late] = [await dial(t, port), await dial(t, port), await dial(t, port)]
  refused.send(request('POST /create-task', '', '{"name":"x"}'))
  const refusal = await refused.end
  t.match(refusal, /^HTTP\/1\.1 503 [^]*retry-after: 5\r\n[^]*limit of connections/)
  t.match(refusal, 'connection: close')
  agent.send(request('GET /internal/task', `authorization: Bearer ${TOKEN}\r\n`) + LIVE)
  t.match(await agent.until('"ok"'), /^HTTP\/1\.1 404 /)
  one.send(LIVE)
  other.send(LIVE)
  await Promise.all([one.until('"ok"'), other.until('"ok"')])

  one.socket.end()
  await one.end
  while (await countOf(app) > 3) await new Promise(resolve => setImmediate(resolve))
  late.send(LIVE + LIVE)
  t.match(await late.until('"ok"'), /^HTTP\/1\.1 200 /)
  t.strictSame(log, [])
})

test('silent connections beyond the limit make room for the next', async t => {
  const { app } = build(t, { connections: { clients: 0, own: 1 }, ownToken: TOKEN })
  const port = await listen(app)
  const silent = []
  for (let count = 0; count < 20; count++) {
    const arrived = once(app.server, 'connection')
    silent.push(await dial(t, port))
    await arrived
  }
  await Promise.all(silent.slice(0, 11).map(wire => wire.end.catch(() => '')))
  const agent = await dial(t, port)
  agent.send(request('GET /internal/task', `authorization: Bearer ${TOKEN}\r\n`))
  t.match(await agent.until('\r\n\r\n'), /^HTTP\/1\.1 404 /)
})

async function countOf (app: ReturnType<typeof build>['app']): Promise<number> {
  return new Promise((resolve, reject) => {
    app.server.getConnections((error, count) => error === null ? resolve(count) : reject(error))
  })
}
