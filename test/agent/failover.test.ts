import { test } from 'tap'
import type { AgentClient } from '../../src/agent/client.js'
import { createFailover } from '../../src/agent/failover.js'
import type { HeartbeatMessage } from '../../src/agent/protocol/heartbeat.js'
import { TAKEN } from '../../src/agent/protocol/report.js'
import { plainTask } from './tasks.js'

const { signal: NEVER } = new AbortController()
const REPORT = { task: plainTask({ id: '1' }), outcome: { result: 42 } }

/** An orchestrator that records its calls, and fails while it is down. */
function scripted (name: string, calls: string[]): AgentClient & { down: boolean } {
  const record = async <T>(what: string, answer: T): Promise<T> => {
    calls.push(`${name} ${what}`)
    if (client.down) throw new Error(`${name} is down`)
    return answer
  }
  const client = {
    down: false,
    claim: () => record('claim', null),
    report: () => record('report', TAKEN),
    reportMany: () => record('reportMany', [TAKEN]),
    reportAndClaim: () => record('reportAndClaim', { verdicts: [TAKEN], tasks: [] }),
    heartbeat: ({ leaving }: HeartbeatMessage) => record(leaving ? 'leave' : 'heartbeat', new Set<string>()),
    close: () => record('close', undefined)
  }
  return client
}

test('calls go to one orchestrator until it fails, and then to the next', async t => {
  const calls: string[] = []
  const [one, other] = [scripted('one', calls), scripted('other', calls)]
  const client = createFailover([one, other])
  await client.claim(NEVER)
  await client.report(REPORT, NEVER)
  one.down = true
  await t.rejects(client.report(REPORT, NEVER), /one is down/, 'the caller keeps the report, and retries')
  t.same(await client.report(REPORT, NEVER), TAKEN)
  await client.reportAndClaim([REPORT], NEVER)
  t.same(calls, ['one claim', 'one report', 'one report', 'other report', 'other reportAndClaim'])
  other.down = true
  one.down = false
  await t.rejects(client.claim(NEVER))
  t.equal(await client.claim(NEVER), null, 'after the last orchestrator comes the first')
})

test('many calls that fail together move on by one orchestrator, and an aborted one by none', async t => {
  const calls: string[] = []
  const clients = ['one', 'two', 'three'].map(name => scripted(name, calls))
  const client = createFailover(clients, 1)
  clients[1]!.down = true
  await Promise.allSettled([client.claim(NEVER), client.claim(NEVER), client.claim(NEVER)])
  await client.claim(NEVER)
  t.same(calls, ['two claim', 'two claim', 'two claim', 'three claim'])
  clients[2]!.down = true
  await t.rejects(client.claim(AbortSignal.abort()))
  clients[2]!.down = false
  await client.claim(NEVER)
  t.equal(calls.at(-1), 'three claim')
})

test('an agent that leaves says so to every orchestrator', async t => {
  const calls: string[] = []
  const [one, other] = [scripted('one', calls), scripted('other', calls)]
  const client = createFailover([one, other])
  other.down = true
  await client.heartbeat({ working: [], releasing: [], leaving: false }, NEVER)
  await client.heartbeat({ working: [], releasing: [], leaving: true }, NEVER)
  t.same(calls, ['one heartbeat', 'one leave', 'other leave'])
  t.equal(createFailover([one]), one)
})

test('an agent that leaves while its orchestrator is down fails only after all were called', async t => {
  const calls: string[] = []
  const [one, other] = [scripted('one', calls), scripted('other', calls)]
  let answer = (): void => {}
  const answered = new Promise<void>(resolve => { answer = resolve })
  const slow: AgentClient = {
    ...other,
    async heartbeat (heartbeat, signal) {
      await answered
      return other.heartbeat(heartbeat, signal)
    }
  }
  one.down = true
  const left = createFailover([one, slow]).heartbeat({ working: [], releasing: [], leaving: true }, NEVER)
  // A turn of the event loop: a rejection without a handler would end the thread by now.
  await new Promise(resolve => setImmediate(resolve))
  answer()
  await t.rejects(left, /one is down/)
  t.same(calls, ['one leave', 'other leave'])
})
