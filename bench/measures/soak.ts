import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../client.js'
import type { Bench, Measure } from '../measure.js'
import { launchServer } from '../server.js'
import { figure } from '../statistics.js'
import { type Entry, atMost, grid } from '../table.js'
import { MANY_MIXED, rate, solveAll } from '../workload.js'

const AGENTS = 8

/** Between two looks at the memory, in s. */
const EVERY_S = 10

/** Until caches, compiled code and the retained expressions have their size, in s. */
const WARM_UP_S = 30

/** After the load, until everything that ends by itself has ended: the idle snapshot is one of them. In ms. */
const SETTLE_MS = 12_000

/** Few, so that what is kept on purpose does not look like a leak. */
const RETAINED = 1_000

/** What a leak of some bytes per operation would be far above, in MB a minute. */
const SLOPE_MB = 1

const MB = 1024 * 1024

/** Of the server's main thread, where everything that could leak is. */
interface Look {
  readonly atMinutes: number
  readonly heapMb: number
  readonly rssMb: number
}

export const soak: Measure = {
  name: 'soak',
  about: 'full load for ten minutes (SOAK_MINUTES): is the memory flat, and is anything left',
  byName: true,

  async run ({ options: { soakMinutes }, folder, say, append }: Bench): Promise<Entry[]> {
    const server = await launchServer({
      folder: await folder('soak'), power: AGENTS, probed: true, variables: { RETAIN_EXPRESSIONS: RETAINED }
    })
    const client = createClient(server.url, 100)
    const act = (): Promise<number> => solveAll(client, MANY_MIXED)
    await rate(WARM_UP_S, act)

    const before = await resting()
    const began = performance.now()
    const looks: Look[] = []
    const rates: number[] = []
    while (looks.length < Math.ceil(soakMinutes * 60 / EVERY_S)) {
      rates.push(await rate(EVERY_S, act))
      const { heapBytes, rssBytes } = await server.ask('live')
      const atMinutes = (performance.now() - began) / 60_000
      looks.push({ atMinutes, heapMb: heapBytes / MB, rssMb: rssBytes / MB })
      if (looks.length % 6 === 0) say(`${atMinutes.toFixed(0)} minutes: heap ${(heapBytes / MB).toFixed(1)} MB`)
    }
    const after = await resting()

    async function resting () {
      await sleep(SETTLE_MS)
      const [{ resources }, workers, open] = await Promise.all([server.ask('live'), client.agents(), unfinished()])
      return { resources, parked: workers.reduce((sum, { waiting }) => sum + waiting, 0), open }
    }

    async function unfinished (): Promise<number> {
      const shown = await client.list(0, RETAINED + MANY_MIXED.length)
      return shown.filter(({ status }) => status === 'pending' || status === 'in_progress').length
    }

    await client.close()
    await server.stop()
    const kinds = [...new Set([...Object.keys(before.resources), ...Object.keys(after.resources)])].sort()
    append('Soak: what the resting server holds', grid([
      ['what', 'before', 'after'],
      ...kinds.map(kind => [kind, `${before.resources[kind] ?? 0}`, `${after.resources[kind] ?? 0}`]),
      ['parked polls', `${before.parked}`, `${after.parked}`],
      ['unfinished expressions', `${before.open}`, `${after.open}`]
    ]))
    const grown = kinds.reduce((sum, kind) =>
      sum + Math.max(0, (after.resources[kind] ?? 0) - (before.resources[kind] ?? 0)), 0)
    const left = grown + Math.abs(after.parked - AGENTS) + after.open
    const heapSlope = slope(looks, ({ heapMb }) => heapMb)
    const what = `soak, ${soakMinutes} minutes of full load`
    return [
      { what: `${what}: throughput`, measured: figure(rates, 'ops/s') },
      {
        what: `${what}: heap after collection`,
        measured: figure(looks.map(({ heapMb }) => heapMb), 'MB'),
        reference: { what: 'its slope', figure: figure([heapSlope], 'MB/min') },
        target: atMost(heapSlope, SLOPE_MB, 'MB/min')
      },
      {
        what: `${what}: memory of the process`,
        measured: figure(looks.map(({ rssMb }) => rssMb), 'MB'),
        reference: { what: 'its slope', figure: figure([slope(looks, ({ rssMb }) => rssMb)], 'MB/min') }
      },
      {
        what: `${what}: expressions, polls, sockets and timers left`,
        measured: figure([left], ''),
        target: atMost(left, 0)
      }
    ]
  }
}

/** Of the straight line with the least squares, per minute. */
function slope (looks: readonly Look[], of: (look: Look) => number): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const times = looks.map(({ atMinutes }) => atMinutes)
  const [time, value] = [mean(times), mean(looks.map(of))]
  const spread = times.reduce((sum, at) => sum + (at - time) ** 2, 0)
  return spread === 0 ? 0 : looks.reduce((sum, look) => sum + (look.atMinutes - time) * (of(look) - value), 0) / spread
}
