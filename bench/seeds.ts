import { cp } from 'node:fs/promises'
import { createClient } from './client.js'
import type { Bench } from './measure.js'
import { KEEP_ALL, launchServer } from './server.js'
import { SHORT, range, solveAll } from './workload.js'

/** Numbers of final expressions in a store for which costs are measured. */
export const SIZES = [0, 10_000, 100_000] as const

const BATCH = 500

const made = new Map<number, Promise<string>>()

/**
 * A folder with a store of `count` final expressions, calculated by a server and closed in order. It is made once and
 * must not be changed; change a `copyOfSeed`.
 */
export function seed (bench: Bench, count: number): Promise<string> {
  let folder = made.get(count)
  if (folder === undefined) {
    folder = make(bench, count)
    made.set(count, folder)
  }
  return folder
}

/** A copy that a measure may change. */
export async function copyOfSeed (bench: Bench, count: number): Promise<string> {
  const folder = await bench.folder('copy')
  await cp(await seed(bench, count), folder, { recursive: true })
  return folder
}

async function make (bench: Bench, count: number): Promise<string> {
  const folder = await bench.folder('seed')
  if (count === 0) return folder
  bench.say(`making a store with ${count} finished expressions`)
  const server = await launchServer({ folder, power: 8, variables: KEEP_ALL })
  const client = createClient(server.url, 100)
  for (let done = 0; done < count; done += BATCH) {
    await solveAll(client, range(Math.min(BATCH, count - done)).map(() => SHORT))
  }
  await client.close()
  await server.stop()
  return folder
}
