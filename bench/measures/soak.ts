import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../client.js'
import type { Bench, Measure } from '../measure.js'
import { launchServer } from '../server.js'
import { figure } from '../statistics.js'
import { type Entry, atMost, grid } from '../table.js'
import { MANY_MIXED, rate, solveAll } from '../workload.js'

const AGENTS = 8

/** Time between two samples of the memory, in s. */
const EVERY_S = 10

/** How long caches, compiled code and retained expressions take to reach their size, in s. */
const WARM_UP_S = 30

/** How long the server takes to come to rest after the load, the idle snapshot included; in ms. */
const REST_MS = 12_000

/** Few, so that retention does not look like a leak. */
const RETAINED = 1_000

/** A leak of some bytes per operation would be far above this, in MB a minute. */
const SLOPE_MB = 1

const MB = 1024 * 1024

/** A sample of the server's main thread, where all possible leaks are. */
interface Sample {
  readonly atMinutes: number
  readonly heapMb: number
  readonly rssMb: number
}

export const soak: Measure = {
  name: 'soak',
  about: 'full load for ten minutes (SOAK_MINUTES): flat memory, and nothing left afterwards',
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
    const samples: Sample[] = []
    const rates: number[] = []
    while (samples.length < Math.ceil(soakMinutes * 60 / EVERY_S)) {
      rates.push(await rate(EVERY_S, act))
      const { heapBytes, rssBytes } = await server.ask('live')
      const atMinutes = (performance.now() - began) / 60_000
      samples.push({ atMinutes, heapMb: heapBytes / MB, rssMb: rssBytes / MB })
      if (samples.length % 6 === 0) say(`${atMinutes.toFixed(0)} minutes: heap ${(heapBytes / MB).toFixed(1)} MB`)
    }
    const after = await resting()

    async function resting () {
      await sleep(REST_MS)
      const [{ resources }, workers, open] = await Promise.all([server.ask('live'), client.agents(), unfinished()])
      return { resources, waiting: workers.reduce((sum, { waiting }) => sum + waiting, 0), open }
    }

    async function unfinished (): Promise<number> {
      const shown = await client.list(0, RETAINED + MANY_MIXED.length)
      return shown.filter(({ status }) => status === 'pending' || status === 'in_progress').length
    }

    await client.close()
    await server.stop()
    const kinds = [...new Set([...Object.keys(before.resources), ...Object.keys(after.resources)])].sort()
    append('Soak: open resources of the idle server', grid([
      ['what', 'before', 'after'],
      ...kinds.map(kind => [kind, `${before.resources[kind] ?? 0}`, `${after.resources[kind] ?? 0}`]),
      ['waiting claims', `${before.waiting}`, `${after.waiting}`],
      ['unfinished expressions', `${before.open}`, `${after.open}`]
    ]))
    const grown = kinds.reduce((sum, kind) =>
      sum + Math.max(0, (after.resources[kind] ?? 0) - (before.resources[kind] ?? 0)), 0)
    const left = grown + Math.abs(after.waiting - AGENTS) + after.open
    const heapSlope = slope(samples, ({ heapMb }) => heapMb)
    const what = `soak, ${soakMinutes} minutes of full load`
    return [
      { what: `${what}: throughput`, measured: figure(rates, 'ops/s') },
      {
        what: `${what}: heap after collection`,
        measured: figure(samples.map(({ heapMb }) => heapMb), 'MB'),
        reference: { what: 'its slope', figure: figure([heapSlope], 'MB/min') },
        target: atMost(heapSlope, SLOPE_MB, 'MB/min')
      },
      {
        what: `${what}: memory of the process`,
        measured: figure(samples.map(({ rssMb }) => rssMb), 'MB'),
        reference: { what: 'its slope', figure: figure([slope(samples, ({ rssMb }) => rssMb)], 'MB/min') }
      },
      {
        what: `${what}: expressions, claims, sockets and timers left`,
        measured: figure([left], ''),
        target: atMost(left, 0)
      }
    ]
  }
}

/** Slope of the least-squares line, per minute. */
function slope (samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const times = samples.map(({ atMinutes }) => atMinutes)
  const [time, value] = [mean(times), mean(samples.map(of))]
  const spread = times.reduce((sum, at) => sum + (at - time) ** 2, 0)
  const covariance = samples.reduce((sum, sample) => sum + (sample.atMinutes - time) * (of(sample) - value), 0)
  return spread === 0 ? 0 : covariance / spread
}
