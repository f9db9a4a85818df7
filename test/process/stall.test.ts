import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { call, launchServer } from './launch.js'

/** Sends a report on a connection of its own, without waiting for its answer. */
async function report (url: string, body: unknown): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const text = JSON.stringify(body)
  socket.write('POST /internal/task HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n' +
    `Content-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`)
  return socket
}

async function answerOf (socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

const LEASE_MS = 100

for (const [store, variables] of [['memory', { DATA_FILE: 'memory:' }], ['file', {}]] as const) {
  test(`results that arrive while the server stands still are counted before leases end (${store})`, async t => {
    t.testdir()
    const server = await launchServer(t, {
      ...variables, TASK_LEASE_MS: LEASE_MS, TASK_ATTEMPTS: 1, TIME_ADDITION_MS: 0, TIME_MULTIPLICATIONS_MS: 0
    })
    const ids: number[] = []
    for (let index = 0; index < 8; index++) {
      const { body } = await call('POST', `${server.url}/api/v1/calculate`, { expression: `${index}+1` })
      ids.push((body as { id: number }).id)
    }
    // The last thing that the server does before it stands still.
    const claimed = await call('GET', `${server.url}/internal/task?max=8`)
    server.child.kill('SIGSTOP')
    const { tasks } = claimed.body as { tasks: Array<{ id: number, arg1: number, lease: string }> }
    t.equal(tasks.length, 8)
    const sockets = await Promise.all(tasks.map(({ id, arg1, lease }) =>
      report(server.url, { id, lease, result: arg1 + 1 })))
    // Until all of the leases are over.
    await sleep(10 * LEASE_MS)
    server.child.kill('SIGCONT')
    for (const answer of await Promise.all(sockets.map(answerOf))) t.match(answer, /^HTTP\/1.1 200 /)
    for (const [index, id] of ids.entries()) {
      const { body } = await call('GET', `${server.url}/api/v1/expressions/${id}`)
      t.match(body, { expression: { status: 'completed', result: index + 1 } })
    }
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    t.match(metrics, /^longhand_leases_expired_total 0$/m)
    t.equal(await server.stop(), 0)
  })
}
