import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../client.js'
import type { Bench, Measure } from '../measure.js'
import { scaled } from '../options.js'
import { SIZES, copyOfSeed } from '../seeds.js'
import { KEEP_ALL, launchServer } from '../server.js'
import { figure, median, quantile, ratioOf, repeated } from '../statistics.js'
import { type Entry, atMost } from '../table.js'
import { SHORT, range, solve } from '../workload.js'

/** Readers that send one request after the other. */
const READERS = 4

/** Pause between two requests of a reader, in ms: about a thousand a second in all. */
const PAUSE_MS = 4

/** How long to wait for a snapshot, which an idle server begins some seconds after the last change; in ms. */
const GIVE_UP_MS = 60_000

export const snapshot: Measure = {
  name: 'snapshot',
  about: 'answers to readers while a snapshot of many expressions is taken, and the event loop meanwhile',

  async run (bench: Bench): Promise<Entry[]> {
    const { options } = bench
    const size = scaled(options, Math.max(...SIZES))
    const folder = await copyOfSeed(bench, size)
    const server = await launchServer({ folder, power: 1, variables: KEEP_ALL, probed: true })
    const client = createClient(server.url, READERS)
    const readOnce = (): Promise<number> => read(client.find, size)

    await readUntil(sleep(1000), readOnce)
    const taken = await repeated(options.runs, async () => {
      // A change, without which there is no snapshot.
      await solve(client, SHORT)
      const before = p99(await readUntil(segmentAfter(folder, await newestSegment(folder)), readOnce))
      const began = performance.now()
      await server.ask('watch')
      const during = p99(await readUntil(replaced(join(folder, 'longhand.json')), readOnce))
      const { stallMs } = await server.ask('stall')
      return { before, during, stallMs, tookMs: performance.now() - began }
    })
    await client.close()
    await server.stop('SIGKILL')
    const before = taken.map(one => one.before)
    const during = taken.map(one => one.during)
    const stallsMs = taken.map(one => one.stallMs)
    const tookMs = taken.map(one => one.tookMs)

    const stored = `${size.toLocaleString('en-US')} expressions`
    const reference = { what: 'the same before it', figure: figure(before, 'ms') }
    return [
      {
        what: `GET /api/v1/expressions/:id, p99 during a snapshot of ${stored}`,
        measured: figure(during, 'ms'),
        reference,
        ratio: ratioOf(during, before),
        target: atMost(median(during), 20, 'ms')
      },
      { what: `longest stall of the event loop during a snapshot of ${stored}`, measured: figure(stallsMs, 'ms') },
      { what: `duration of a snapshot of ${stored}`, measured: figure(tookMs, 'ms') }
    ]
  }
}

/** How long one question takes, about any of the expressions, in ms. */
async function read (find: (id: number) => Promise<unknown>, size: number): Promise<number> {
  const began = performance.now()
  await find(1 + Math.floor(Math.random() * size))
  return performance.now() - began
}

/** Reads until `over` is fulfilled. */
async function readUntil (over: Promise<unknown>, readOnce: () => Promise<number>): Promise<number[]> {
  const values: number[] = []
  const stopping = new AbortController()
  const readers = range(READERS).map(async () => {
    do {
      values.push(await readOnce())
      await sleep(PAUSE_MS)
    } while (!stopping.signal.aborted)
  })
  await Promise.all([over.finally(() => stopping.abort()), ...readers])
  return values
}

/** A new journal segment is the first visible sign of a snapshot. */
async function segmentAfter (folder: string, newest: string): Promise<void> {
  await until(async () => await newestSegment(folder) > newest, 'No snapshot was begun')
}

/** The names sort by time. */
async function newestSegment (folder: string): Promise<string> {
  const names = await readdir(folder)
  return names.filter(name => name.endsWith('.journal')).sort().at(-1) ?? ''
}

/** Replacing the old snapshot is the last step. */
async function replaced (path: string): Promise<void> {
  const { ino } = await stat(path)
  await until(async () => (await stat(path)).ino !== ino, 'The snapshot was not finished')
}

async function until (isSo: () => Promise<boolean>, otherwise: string): Promise<void> {
  const giveUp = performance.now() + GIVE_UP_MS
  while (!await isSo()) {
    if (performance.now() > giveUp) throw new Error(`${otherwise} within ${GIVE_UP_MS} ms`)
    await sleep(2)
  }
}

function p99 (values: readonly number[]): number {
  return quantile(values, 0.99)
}
