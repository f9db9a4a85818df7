import { test } from 'tap'
import type { AgentClient } from '../../src/agent/client.js'
import { createFailover } from '../../src/agent/failover.js'
import type { HeartbeatMessage } from '../../src/agent/protocol/heartbeat.js'
import { TAKEN } from '../../src/agent/protocol/report.js'
import { plainTask } from './tasks.js'

const { signal: NEVER } = new AbortController()
const REPORT = { task: plainTask({ id: '1' }), outcome: { result: 42 } }

/** An orchestrator that notes what it is asked, and fails while it is down. */
function scripted (name: string, calls: string[]): AgentClient & { down: boolean } {
  const note = async <T>(what: string, answer: T): Promise<T> => {
    calls.push(`${name} ${what}`)
    if (client.down) throw new Error(`${name} is down`)
    return answer
  }
  const client = {
    down: false,
    claim: () => note('claim', null),
    report: () => note('report', TAKEN),
    reportMany: () => note('reportMany', [TAKEN]),
    reportAndClaim: () => note('reportAndClaim', { verdicts: [TAKEN], tasks: [] }),
    heartbeat: ({ leaving }: HeartbeatMessage) => note(leaving ? 'leave' : 'heartbeat', new Set<string>()),
    close: () => note('close', undefined)
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
  await t.rejects(client.report(REPORT, NEVER), /one is down/, 'who holds the report is told, and tries again')
  t.same(await client.report(REPORT, NEVER), TAKEN)
  await client.reportAndClaim([REPORT], NEVER)
  t.same(calls, ['one claim', 'one report', 'one report', 'other report', 'other reportAndClaim'])
  other.down = true
  one.down = false
  await t.rejects(client.claim(NEVER))
  t.equal(await client.claim(NEVER), null, 'after the last comes the first')
})

test('many calls that fail together move on by one, and an aborted one not at all', async t => {
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

test('an agent that leaves says so wherever it may have been, and fails where it is alone', async t => {
  const calls: string[] = []
  const [one, other] = [scripted('one', calls), scripted('other', calls)]
  const client = createFailover([one, other])
  other.down = true
  await client.heartbeat({ working: [], releasing: [], leaving: false }, NEVER)
  await client.heartbeat({ working: [], releasing: [], leaving: true }, NEVER)
  t.same(calls, ['one heartbeat', 'one leave', 'other leave'])
  t.equal(createFailover([one]), one)
})

test('an agent that leaves while the orchestrator of its calls is down fails only when all have been told', async t => {
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
  // A turn of the event loop: a rejection that nobody has taken by now ends the thread.
  await new Promise(resolve => setImmediate(resolve))
  answer()
  await t.rejects(left, /one is down/)
  t.same(calls, ['one leave', 'other leave'])
})
