import { createClient } from '../client.js'
import type { Bench, Measure } from '../measure.js'
import { scaled } from '../options.js'
import { SIZES, copyOfSeed, seed } from '../seeds.js'
import { KEEP_ALL, launchServer } from '../server.js'
import { figure, inTurn, ratioOf } from '../statistics.js'
import { type Entry, atMost } from '../table.js'
import { MANY_MIXED, type Problem, range, rate, solveAll, tree } from '../workload.js'
import { warmUp } from './throughput.js'

const AGENTS = 8

/** Operations of the large expression, and of each small one; the small ones have as many in all. */
const LARGE = 100_000
const SMALL = 1_000

/** Fraction of a run of full length, because there are many runs. */
const SHARE = 0.4

export const stored: Measure = {
  name: 'stored',
  about: 'cost per operation with finished expressions stored, and inside a large expression',

  async run (bench: Bench): Promise<Entry[]> {
    return [...await besideStored(bench), await insideLarge(bench)]
  }
}

async function besideStored (bench: Bench): Promise<Entry[]> {
  const { options } = bench
  const sizes = SIZES.map(size => scaled(options, size))
  for (const size of sizes) await seed(bench, size)
  const costs = await inTurn(options.runs, Object.fromEntries(sizes.map(size => [`${size}`, () => cost(bench, size)])))
  const [empty, ...others] = sizes.map(size => costs[`${size}`]!)
  return others.map((values, at) => {
    const ratio = ratioOf(values, empty!)
    return {
      what: `cost of an operation, ${sizes[at + 1]!.toLocaleString('en-US')} finished expressions stored`,
      measured: figure(values, 'µs'),
      reference: { what: 'none stored', figure: figure(empty!, 'µs') },
      ratio,
      target: atMost(ratio, 1.2)
    }
  })
}

/** Cost of the usual workload on a server that begins with `size` expressions, in µs per operation. */
async function cost (bench: Bench, size: number): Promise<number> {
  const { options: { seconds } } = bench
  const folder = await copyOfSeed(bench, size)
  const server = await launchServer({ folder, power: AGENTS, variables: KEEP_ALL })
  const client = createClient(server.url, 100)
  const act = (): Promise<number> => solveAll(client, MANY_MIXED)
  await rate(warmUp(seconds * SHARE), act)
  const perSecond = await rate(seconds * SHARE, act)
  await client.close()
  await server.stop('SIGKILL')
  return 1e6 / perSecond
}

async function insideLarge (bench: Bench): Promise<Entry> {
  const operations = scaled(bench.options, LARGE)
  const small = range(Math.ceil(operations / SMALL)).map(() => tree(SMALL))
  const { large, smalls } = await inTurn(bench.options.runs, {
    large: () => costOnce(bench, [tree(operations)]),
    smalls: () => costOnce(bench, small)
  })
  const ratio = ratioOf(large, smalls)
  return {
    what: `cost of an operation inside one expression of ${operations.toLocaleString('en-US')}`,
    measured: figure(large, 'µs'),
    reference: { what: `as many in expressions of ${SMALL.toLocaleString('en-US')}`, figure: figure(smalls, 'µs') },
    ratio,
    target: atMost(ratio, 1.2)
  }
}

/** Cost of solving the problems once, parsing included, in µs per operation. */
async function costOnce (bench: Bench, problems: readonly Problem[]): Promise<number> {
  const server = await launchServer({ folder: await bench.folder('large'), power: AGENTS })
  const client = createClient(server.url, 10)
  await rate(warmUp(bench.options.seconds * SHARE), () => solveAll(client, [tree(SMALL)]))
  const began = performance.now()
  const operations = await solveAll(client, problems)
  const tookMs = performance.now() - began
  await client.close()
  await server.stop('SIGKILL')
  return tookMs * 1000 / operations
}
