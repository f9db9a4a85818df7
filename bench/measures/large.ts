import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, createClient } from '../client.js'
import type { Bench, Measure } from '../measure.js'
import { startPostgres } from '../references/postgres.js'
import { launchServer } from '../server.js'
import { figure, median, quantile, ratioOf, repeated } from '../statistics.js'
import { type Entry, atMost } from '../table.js'
import { SHORT, range } from '../workload.js'

/** Large expressions that are submitted at once: sums of different terms, 1 MB each. */
const LARGE = 10
const OPERATIONS = 199_000

/** Pause between two requests of one kind, in ms. */
const PAUSE_MS = 2

/** How long the same is measured without the large ones, in ms. */
const BEFORE_MS = 2_000

interface Waits {
  readonly submit: number
  readonly live: number
}

interface Taken {
  readonly before: Waits
  readonly during: Waits
  readonly tookMs: number
}

export const large: Measure = {
  name: 'large',
  about: `small submits and /health/live while ${LARGE} expressions of 1 MB are submitted, on files and on PostgreSQL`,

  async run (bench: Bench): Promise<Entry[]> {
    const { options } = bench
    const onFiles = await repeated(options.runs, () => beside(bench, {}, LARGE))
    const database = await startPostgres(await bench.folder('postgres'))
    const onPostgres = await repeated(options.runs, async () =>
      beside(bench, { DATABASE_URL: await database.createDatabase() }, 1)
      // In any case: its package keeps this process alive while the server runs.
    ).finally(() => database.stop())
    return [
      ...entriesOf(`${LARGE} expressions of ${OPERATIONS.toLocaleString('en-US')} operations`, onFiles),
      ...entriesOf(`one of ${OPERATIONS.toLocaleString('en-US')} operations, PostgreSQL`, onPostgres)
    ]
  }
}

function entriesOf (what: string, taken: readonly Taken[]): Entry[] {
  const row = (about: string, waitOf: (waits: Waits) => number, mostMs: number): Entry => {
    const during = taken.map(one => waitOf(one.during))
    const before = taken.map(one => waitOf(one.before))
    return {
      what: `${about}, p99 during the submit of ${what}`,
      measured: figure(during, 'ms'),
      reference: { what: 'the same before it', figure: figure(before, 'ms') },
      ratio: ratioOf(during, before),
      target: atMost(median(during), mostMs, 'ms')
    }
  }
  return [
    row(`POST ${SHORT.source}`, ({ submit }) => submit, 100),
    row('GET /health/live', ({ live }) => live, 50),
    { what: `submit of ${what}, until all are stored`, measured: figure(taken.map(({ tookMs }) => tookMs), 'ms') }
  ]
}

async function beside (bench: Bench, variables: Readonly<Record<string, string>>, count: number): Promise<Taken> {
  const server = await launchServer({ folder: await bench.folder('large'), power: 0, variables })
  const client = createClient(server.url, count + 2)
  await watch(client, sleep(BEFORE_MS))
  const before = await watch(client, sleep(BEFORE_MS))
  const began = performance.now()
  const submitted = Promise.all(range(count).map(index => client.submit(sumOf(index))))
  const during = await watch(client, submitted)
  const tookMs = performance.now() - began
  const ids = await submitted
  for (const id of ids) {
    const { operations } = await client.find(id)
    if (operations.total !== OPERATIONS) throw new Error(`Expression ${id} has ${operations.total} operations`)
  }
  await client.close()
  await server.stop('SIGKILL')
  return { before, during, tookMs }
}

/** No two sums are equal, nor are two parts of one. */
function sumOf (index: number): string {
  return range(OPERATIONS + 1).map(term => 1_000 + (term + index) % 9_000).join('+')
}

/** The p99 of small submits and of /health/live until `over` is fulfilled, in ms. */
async function watch (client: Client, over: Promise<unknown>): Promise<Waits> {
  const stopping = new AbortController()
  const loop = async (act: () => Promise<unknown>): Promise<number> => {
    const values: number[] = []
    do {
      const began = performance.now()
      await act()
      values.push(performance.now() - began)
      await sleep(PAUSE_MS)
    } while (!stopping.signal.aborted)
    return quantile(values, 0.99)
  }
  const [submit, live] = await Promise.all([
    loop(() => client.submit(SHORT.source)), loop(client.live), over.finally(() => stopping.abort())
  ])
  return { submit, live }
}
