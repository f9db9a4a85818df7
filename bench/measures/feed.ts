import type { Bench, Measure } from '../measure.js'
import type { Answer } from '../probe.js'
import type { ReadersResult } from '../readers.js'
import { launchScript, launchServer } from '../server.js'
import { figure, median, ratioOf } from '../statistics.js'
import { type Entry, atLeast, atMost } from '../table.js'

const AGENTS = 8

/** Few are kept, so that retention does not look like a leak; readers of two expressions are there for a moment. */
const VARIABLES = { RETAIN_EXPRESSIONS: 1_000, EVENT_STREAMS_MAX: 4_000 }

const MB = 1024 * 1024

/** Expressions that are in progress at any time, each with readers of its event stream. */
interface Load {
  readonly what: string
  readonly expressions: number
  readonly operations: number
  readonly readers: number
}

const LOADS: readonly Load[] = [
  { what: '1,000 readers of one expression of 100,000', expressions: 1, operations: 100_000, readers: 1_000 },
  { what: '200 expressions of 1,000, a reader each', expressions: 200, operations: 1_000, readers: 1 }
]

interface Taken extends ReadersResult {
  /** Memory of the server after the warm-up, and at the end. */
  readonly before: Memory
  readonly after: Memory
}

interface Memory {
  readonly heapMb: number
  readonly rssMb: number
}

export const feed: Measure = {
  name: 'feed',
  about: 'throughput and memory with readers of event streams, beside the same load without readers',

  async run (bench: Bench): Promise<Entry[]> {
    const entries: Entry[] = []
    for (const load of LOADS) {
      const followed: Taken[] = []
      const alone: Taken[] = []
      for (let round = 0; round < bench.options.runs; round++) {
        followed.push(await take(bench, load))
        alone.push(await take(bench, { ...load, readers: 0 }))
      }
      entries.push(...entriesOf(load, followed, alone))
    }
    return entries
  }
}

function entriesOf (load: Load, followed: readonly Taken[], alone: readonly Taken[]): Entry[] {
  const { what, expressions, readers } = load
  const rates = followed.map(({ perSecond }) => perSecond)
  const references = alone.map(({ perSecond }) => perSecond)
  const ratio = ratioOf(rates, references)
  const growth = ratioOf(followed.map(({ after }) => after.heapMb), followed.map(({ before }) => before.heapMb))
  const perReader = followed.map(({ messagesPerSecond }) => messagesPerSecond / (expressions * readers))
  return [
    {
      what: `${what}: throughput`,
      measured: figure(rates, 'ops/s'),
      reference: { what: 'the same without readers', figure: figure(references, 'ops/s') },
      ratio,
      target: atLeast(ratio, 0.8, '×')
    },
    {
      what: `${what}: objects of the server at the end, after a garbage collection`,
      measured: figure(followed.map(({ after }) => after.heapMb), 'MB'),
      reference: { what: 'after the warm-up', figure: figure(followed.map(({ before }) => before.heapMb), 'MB') },
      ratio: growth,
      target: atMost(growth, 1.1, '×')
    },
    {
      what: `${what}: memory of the process at the end`,
      measured: figure(followed.map(({ after }) => after.rssMb), 'MB'),
      reference: { what: 'the same without readers', figure: figure(alone.map(({ after }) => after.rssMb), 'MB') },
      ratio: ratioOf(followed.map(({ after }) => after.rssMb), alone.map(({ after }) => after.rssMb))
    },
    {
      what: `${what}: events a second for each`,
      measured: figure(perReader, ''),
      target: atMost(median(perReader), 20)
    },
    { what: `${what}: sent`, measured: figure(followed.map(({ bytesPerSecond }) => bytesPerSecond / MB), 'MB/s') },
    { what: `${what}: longest from a change to its event`, measured: figure(followed.map(one => one.latestMs), 'ms') }
  ]
}

/** One run of the load on a fresh server. */
async function take ({ options: { seconds }, folder }: Bench, load: Load): Promise<Taken> {
  const server = await launchServer({ folder: await folder('feed'), power: AGENTS, probed: true, variables: VARIABLES })
  const { operations, expressions, readers } = load
  // The memory reaches its size when some expressions have ended.
  const numbers = [operations, expressions, readers, seconds, seconds]
  const script = launchScript('readers.js', [server.url, ...numbers.map(String)])
  await script.printed(/^warm$/m)
  const before = await server.ask('live')
  const [, result] = await script.printed(/^result (.*)$/m)
  const after = await server.ask('live')
  await script.ended()
  await server.stop('SIGKILL')
  return { ...JSON.parse(result!) as ReadersResult, before: memoryOf(before), after: memoryOf(after) }
}

function memoryOf ({ heapBytes, rssBytes }: Answer): Memory {
  return { heapMb: heapBytes / MB, rssMb: rssBytes / MB }
}
