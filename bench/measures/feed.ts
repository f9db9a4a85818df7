import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Measure } from '../measure.js'
import type { Answer } from '../probe.js'
import type { ReadersResult } from '../readers.js'
import { launchScript, launchServer } from '../server.js'
import { figure, median, ratioOf } from '../statistics.js'
import { type Entry, atLeast, atMost } from '../table.js'

const AGENTS = 8

/** What is kept is reached in the warm-up; readers of two or three expressions are there at a time. */
const VARIABLES = { RETAIN_EXPRESSIONS: 100, EVENT_STREAMS_MAX: 4_000 }

/** Memory is asked for this often, each time after a garbage collection, in ms. */
const MEMORY_EVERY_MS = 1_000

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
  /** What the server's memory came down to in each half of the measurement. */
  readonly halves: readonly [Memory, Memory]
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
  const perReader = followed.map(({ messagesPerSecond }) => messagesPerSecond / (expressions * readers))
  return [
    {
      what: `${what}: throughput`,
      measured: figure(rates, 'ops/s'),
      reference: { what: 'the same without readers', figure: figure(references, 'ops/s') },
      ratio,
      target: atLeast(ratio, 0.8, '×')
    },
    memoryEntry(what, 'objects of the server, after a garbage collection', followed, ({ heapMb }) => heapMb),
    memoryEntry(what, 'memory of the process', followed, ({ rssMb }) => rssMb),
    memoryEntry(`${what}, without them`, 'memory of the process', alone, ({ rssMb }) => rssMb),
    {
      what: `${what}: events a second for each`,
      measured: figure(perReader, ''),
      target: atMost(median(perReader), 20)
    },
    { what: `${what}: sent`, measured: figure(followed.map(({ bytesPerSecond }) => bytesPerSecond / MB), 'MB/s') }
  ]
}

/** Whether memory grows. */
function memoryEntry (what: string, kind: string, runs: readonly Taken[], of: (memory: Memory) => number): Entry {
  const [first, second] = [0, 1].map(half => runs.map(({ halves }) => of(halves[half]!)))
  const growth = ratioOf(second!, first!)
  return {
    what: `${what}: ${kind}, lowest in the second half`,
    measured: figure(second!, 'MB'),
    reference: { what: 'lowest in the first half', figure: figure(first!, 'MB') },
    ratio: growth,
    target: atMost(growth, 1.25, '×')
  }
}

/** One run of the load on a fresh server. */
async function take ({ options: { seconds }, folder }: Bench, load: Load): Promise<Taken> {
  const server = await launchServer({ folder: await folder('feed'), power: AGENTS, probed: true, variables: VARIABLES })
  const { operations, expressions, readers } = load
  // The memory reaches its size when some expressions have ended.
  const numbers = [operations, expressions, readers, seconds, seconds]
  const script = launchScript('readers.js', [server.url, ...numbers.map(String)])
  await script.printed(/^warm$/m)
  const [, result] = await script.printed(/^result (.*)$/m)
  // After the throughput, which garbage collections would lower.
  const memory: Memory[] = []
  for (let second = 1; second < seconds; second++) {
    await sleep(MEMORY_EVERY_MS)
    memory.push(memoryOf(await server.ask('live')))
  }
  await script.stop('SIGKILL')
  await server.stop('SIGKILL')
  const half = Math.ceil(memory.length / 2)
  const halves = [lowestOf(memory.slice(0, half)), lowestOf(memory.slice(-half))] as const
  return { ...JSON.parse(result!) as ReadersResult, halves }
}

function lowestOf (memory: readonly Memory[]): Memory {
  return {
    heapMb: Math.min(...memory.map(({ heapMb }) => heapMb)),
    rssMb: Math.min(...memory.map(({ rssMb }) => rssMb))
  }
}

function memoryOf ({ heapBytes, rssBytes }: Answer): Memory {
  return { heapMb: heapBytes / MB, rssMb: rssBytes / MB }
}
