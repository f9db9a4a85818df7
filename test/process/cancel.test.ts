import { test } from 'tap'
import { call, launch, launchServer } from './launch.js'
import { underWay } from './wait.js'

/** Operations that outlive the test: only a cancellation frees the agent that works on one. */
const AN_HOUR_MS = 3_600_000

const VARIABLES = { TIME_ADDITION_MS: 1, TIME_MULTIPLICATIONS_MS: AN_HOUR_MS, TASK_LEASE_MS: 60_000 }

for (const whose of ['the server', 'another process']) {
  test(`cancelling frees the only agent for the next expression: that of ${whose}`, async t => {
    t.testdir({})
    const server = await launchServer(t, { ...VARIABLES, COMPUTING_POWER: whose === 'the server' ? 1 : 0 })
    if (whose !== 'the server') launch(t, ['agent', '--orchestrator', server.url, '--power', '1'])
    t.match(await call('POST', `${server.url}/api/v1/calculate`, { expression: '6*7' }), { body: { id: 1 } })
    await underWay(server, 1)
    t.match(await call('POST', `${server.url}/api/v1/calculate`, { expression: '1+2' }), { body: { id: 2 } })
    t.equal((await call('DELETE', `${server.url}/api/v1/expressions/1`)).status, 202)
    t.match((await call('GET', `${server.url}/api/v1/expressions/2?wait=20`)).body, {
      expression: { status: 'completed', result: 3 }
    })
    t.match((await call('GET', `${server.url}/api/v1/expressions/1`)).body, { expression: { status: 'cancelled' } })
    t.equal(await server.stop(), 0)
  })
}
