import type { Bench, Measure } from '../measure.js'
import { scaled } from '../options.js'
import { SIZES, copyOfSeed } from '../seeds.js'
import { KEEP_ALL, launchReference, launchServer } from '../server.js'
import { figure, inTurn, median, ratioOf } from '../statistics.js'
import { type Entry, atMost } from '../table.js'

/** From the start of the process until it listens, in ms, by size of the store; the design has none for the last. */
const TARGETS_MS: Readonly<Record<number, number>> = { 0: 500, 10_000: 800 }

export const restart: Measure = {
  name: 'restart',
  about: 'from the start of the process until it listens, by size of the store',

  async run (bench: Bench): Promise<Entry[]> {
    const { options } = bench
    const folders = new Map<number, string>()
    for (const size of SIZES) folders.set(size, await copyOfSeed(bench, scaled(options, size)))

    const { bare, ...ours } = await inTurn(options.runs, {
      bare: () => timed(() => launchReference('references/fastify.js')),
      ...Object.fromEntries(SIZES.map(size => [size, () => timed(() =>
        launchServer({ folder: folders.get(size)!, power: 4, variables: KEEP_ALL }))]))
    })
    return SIZES.map(size => {
      const values = (ours as Record<number, number[]>)[size]!
      const targetMs = TARGETS_MS[size]
      return {
        what: `start to listening, ${scaled(options, size).toLocaleString('en-US')} finished expressions stored`,
        measured: figure(values, 'ms'),
        reference: { what: 'bare Fastify', figure: figure(bare!, 'ms') },
        ratio: ratioOf(values, bare!),
        target: targetMs === undefined ? undefined : atMost(median(values), targetMs, 'ms')
      }
    })
  }
}

async function timed (start: () => Promise<{ stop (signal: 'SIGKILL'): Promise<void> }>): Promise<number> {
  const began = performance.now()
  const launched = await start()
  const tookMs = performance.now() - began
  await launched.stop('SIGKILL')
  return tookMs
}
