/** Our agent works for orchestrators of the plain contract, each in the dialect that it was seen to speak. */
import { test } from 'tap'
import { type TimeUnit, createClient } from '../../../src/agent/client.js'
import { realClock } from '../../../src/agent/clock.js'
import { createWarnings } from '../../../src/agent/warnings.js'
import { createHeartbeat } from '../../../src/agent/heartbeat.js'
import { createLoop } from '../../../src/agent/loop.js'
import { SUPPORTED_OPERATIONS } from '../../../src/agent/compute.js'
import { type Answer, listeningLog, scriptOrchestrator } from '../scripted-orchestrator.js'

const FIRST = '6f1c2a52-0b0e-4f0e-9f0d-2a5b6c7d8e9f'
const SECOND = '0d9b7c1e-5a4f-4e57-8a61-3f2e1d0c9b8a'

interface Dialect {
  /** The orchestrator that speaks this dialect. */
  readonly peer: string
  /** Ids of the two tasks, as JSON texts. */
  readonly ids?: readonly [string, string]
  /** The body with a task; `id` is a JSON text. */
  readonly task: (id: string, one: number, operation: string, other: number) => string
  readonly none?: Answer
  readonly unit?: TimeUnit
  /** Its status for a report in a form that it does not take; null for one that it takes. */
  readonly refusal?: (body: Body) => number | null
  /** The reported id and result, as the peer decodes them. */
  readonly report: (body: Body, text: string) => { id: unknown, result: unknown }
}

type Body = Readonly<Record<string, unknown>>

function wrapped (id: string, one: number | string, operation: string, other: number | string, more = ''): string {
  const operands = `"arg1":${JSON.stringify(one)},"arg2":${JSON.stringify(other)}`
  return `{"task":{"id":${id},${operands},"operation":"${operation}","operation_time":1${more}}}`
}

function flat (id: string, one: number, operation: string, other: number, more = ''): string {
  return `{"id":${id},"arg1":${one},"arg2":${other},"operation":"${operation}","operation_time":1${more}}`
}

const UUIDS = [`"${FIRST}"`, `"${SECOND}"`] as const
const NUMBERS = ['1', '2'] as const
const STRINGS = ['"1"', '"2"'] as const

/** Reads `{id, result}` and ignores the rest. */
function plain ({ id, result }: Body): { id: unknown, result: unknown } {
  return { id, result }
}

/** A decoder that refuses unknown members. */
function strictly (body: Body): number | null {
  return Object.keys(body).sort().join() === 'id,result' && typeof body['result'] === 'number' ? null : 422
}

const DIALECTS: readonly Dialect[] = [
  { peer: 'one that takes {id, result} and refuses everything else', task: wrapped, refusal: strictly, report: plain },
  { peer: 'the same, flat', ids: STRINGS, task: flat, refusal: strictly, report: plain },
  {
    peer: 'the same, though it names the expression',
    task: (id, one, operation, other) => wrapped(id, one, operation, other, ',"expression_id":1'),
    refusal: strictly,
    report: plain
  },
  {
    peer: 'lamentoeldi: 63-bit ids',
    ids: ['6129484611666145821', '6129484611666145822'],
    task: wrapped,
    none: { status: 404, body: 'no tasks\n' },
    // A double cannot hold the id; the text can.
    report: ({ result }, text) => ({ id: /"id":(\d+)/.exec(text)?.[1], result })
  },
  { peer: 'arniknz: strings', ids: STRINGS, task: wrapped, none: { status: 404, body: 'none' }, report: plain },
  { peer: 'Vlod-and-whot: numbers', task: wrapped, none: { status: 404, body: 'Not Found' }, report: plain },
  {
    peer: 'kingof: no operation time',
    task: (id, one, operation, other) =>
      `{"task":{"id":${id},"arg1":${one},"arg2":${other},"operation":"${operation}","operation_time":0}}`,
    report: plain
  },
  {
    peer: 'hidnt: flat, and an empty 200 while nothing is ready',
    ids: ['"0_0"', '"0_1"'],
    task: flat,
    none: { status: 200, body: '' },
    report: plain
  },
  {
    peer: 'sabure: nanoseconds, and the whole task with its result in the report',
    unit: 'ns',
    task: (id, one, operation, other) =>
      `{"task":{"id":${id},"arg1":${one},"arg2":${other},"operation":"${operation}","operation_time":20000000}}`,
    // Its ids begin at 1, and it reads a missing task as 0.
    refusal: ({ task }) => task === undefined ? 404 : null,
    report ({ task }) {
      const { id, Result: result, arg1, operation } = task as Body
      return typeof arg1 === 'number' && typeof operation === 'string' ? { id, result } : { id: null, result: null }
    }
  },
  {
    peer: 'azizov: wants the expression',
    ids: UUIDS,
    task: (id, one, operation, other) => wrapped(id, one, operation, other, `,"expression_id":"${SECOND}"`),
    report: ({ id, result, expression_id: expression }) => ({ id: expression === SECOND ? id : null, result })
  },
  { peer: 'ivan: flat', ids: UUIDS, task: flat, none: { status: 404, body: 'no task' }, report: plain },
  {
    peer: 'OinkiePie: a list of arguments, and wants its expression',
    ids: UUIDS,
    task: (id, one, operation, other) =>
      `{"args":[${one},${other}],"expression":"${FIRST}","id":${id},"operation":"${operation}","operation_time":1}`,
    report: ({ id, result, expression, error }) => ({ id: expression === FIRST && error == null ? id : null, result })
  },
  {
    peer: 'PavelBradnitski: expId and taskId',
    task: (id, one, operation, other) => wrapped(id, one, operation, other, ',"expId":3'),
    report: ({ expId, taskId, result }) => ({ id: expId === 3 ? taskId : null, result })
  },
  {
    peer: 'PavelBradnitski: expId beside the task',
    task: (id, one, operation, other) => `{"expId":3,${wrapped(id, one, operation, other).slice(1)}`,
    report: ({ expId, taskId, result }) => ({ id: expId === 3 ? taskId : null, result })
  },
  {
    peer: 'wrristin: flat, nanoseconds',
    ids: UUIDS,
    unit: 'ns',
    task: (id, one, operation, other) =>
      flat(id, one, operation, other).replace('"operation_time":1', '"operation_time":20000000'),
    report: plain
  },
  { peer: 'FessLeru: strings', ids: STRINGS, task: wrapped, none: { status: 404, body: '{}' }, report: plain },
  { peer: 'ArtemiySps: flat', ids: UUIDS, task: flat, none: { status: 404, body: '' }, report: plain },
  {
    peer: 'zalhui: arguments as texts, nanoseconds',
    ids: UUIDS,
    unit: 'ns',
    task: (id, one, operation, other) => wrapped(id, `${one}`, operation, `${other}`),
    report: plain
  },
  {
    peer: 'DobryySoul: arguments as texts; 204 when there is nothing',
    task: (id, one, operation, other) => wrapped(id, `${one}`, operation, `${other}.0`),
    none: { status: 204 },
    report: plain
  }
]

for (const dialect of DIALECTS) {
  const { peer, ids = NUMBERS, task, none = { status: 404 }, unit = 'ms', refusal = () => null, report } = dialect

  test(`2+2*2 is computed for ${peer}`, async t => {
    const [product, sum] = ids
    const wrong: string[] = []
    /** The next task to give out. */
    let next: string | null = task(product, 2, '*', 2)
    let finish = (): void => {}
    const finished = new Promise<void>(resolve => { finish = resolve })
    const orchestrator = await scriptOrchestrator(() => {
      const body = next
      next = null
      return body === null ? none : { status: 200, body }
    }, ({ body }) => {
      const status = refusal(JSON.parse(body) as Body)
      if (status !== null) return { status }
      const { id, result } = report(JSON.parse(body) as Body, body)
      const key = typeof id === 'string' && !/^\d{19}$/.test(id) ? JSON.stringify(id) : String(id)
      if (key === product && result === 4) next = task(sum, 2, '+', 4)
      else if (key === sum && result === 6) finish()
      else {
        wrong.push(body)
        finish()
        return { status: 422 }
      }
      return { status: 200 }
    })

    const request = {
      waitSeconds: 20, agent: 'ours', instance: 'i', operations: SUPPORTED_OPERATIONS, max: 64, maxMs: 10
    }
    const client = createClient({ url: orchestrator.url, loops: 1, request, unit })
    const log = listeningLog()
    const loop = createLoop({
      client,
      heartbeat: createHeartbeat({ client, agent: 'ours', log, clock: realClock }),
      warnings: createWarnings('ours', log),
      agent: 'ours',
      log,
      clock: realClock,
      random: Math.random,
      pollEveryMs: 1
    })
    const ended = loop.run()
    await Promise.race([finished, log.heard(/^warn Report refused/)])
    loop.stop(5_000)
    await ended
    await orchestrator.close()
    await client.close()
    t.strictSame(wrong, [])
    t.strictSame(log.messages, [], 'no warnings')
  })
}
