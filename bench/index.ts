/**
 * The benchmark: measures, each beside its reference in the same run, and prints one table.
 *
 *     npm run bench                    everything, about 25 minutes
 *     npm run bench -- NAME …          only these measures
 *     npm run bench -- --list          the names of the measures
 *
 *     npm run bench -- soak            ten minutes of full load, which `npm run bench` leaves out
 *
 * BENCH_SECONDS is the length of a run (10), BENCH_RUNS the number of runs of each measure (5). The exit code is 1 when
 * a measure failed or a result was wrong; a missed target is only shown.
 */
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Bench, Measure } from './measure.js'
import { bullmq } from './measures/bullmq.js'
import { busy } from './measures/busy.js'
import { feed } from './measures/feed.js'
import { idle } from './measures/idle.js'
import { language } from './measures/language.js'
import { large } from './measures/large.js'
import { latency } from './measures/latency.js'
import { makespan } from './measures/makespan.js'
import { page } from './measures/page.js'
import { postgres } from './measures/postgres.js'
import { restart } from './measures/restart.js'
import { schedule } from './measures/schedule.js'
import { snapshot } from './measures/snapshot.js'
import { soak } from './measures/soak.js'
import { stored } from './measures/stored.js'
import { submit } from './measures/submit.js'
import { throughput } from './measures/throughput.js'
import { type Options, readOptions } from './options.js'
import { killAll } from './processes.js'
import { type Entry, table } from './table.js'

const MEASURES: readonly Measure[] = [
  makespan, throughput, feed, page, bullmq, postgres, latency, submit, large, stored, snapshot, restart, idle, busy,
  language, schedule, soak
]

/** Wrong usage; 1 is for a measure that failed. */
const EXIT_USAGE = 2

/** Longer than any measure takes, in ms. */
const LIMIT_MS = 30 * 60 * 1000

/** Beside the real data, so that it is on the same disk. Git ignores it. */
const DATA = fileURLToPath(new URL('../../../data/', import.meta.url))

const code = await main(process.argv.slice(2))
// Ends what a failed measure was waiting for.
process.stdout.write('', () => process.exit(code))

/** @returns the exit code */
async function main (names: readonly string[]): Promise<number> {
  const list = MEASURES.map(({ name, about }) => `${name.padEnd(12)}${about}\n`).join('')
  if (names.includes('--list')) {
    process.stdout.write(list)
    return 0
  }
  const unknown = names.filter(name => !MEASURES.some(measure => measure.name === name))
  if (unknown.length > 0) {
    say(`unknown measure: ${unknown.join(', ')}; the measures are\n${list}`)
    return EXIT_USAGE
  }
  const isWanted = ({ name, byName = false }: Measure): boolean => names.length === 0 ? !byName : names.includes(name)
  return measureAll(MEASURES.filter(isWanted), readOptions())
}

/** @returns the exit code */
async function measureAll (measures: readonly Measure[], options: Options): Promise<number> {
  const machine = describeMachine()
  await mkdir(DATA, { recursive: true })
  const root = await mkdtemp(join(DATA, 'bench-'))
  let folders = 0
  const appendix: string[] = []
  const bench: Bench = {
    options,
    async folder (name) {
      const path = join(root, `${name}-${++folders}`)
      await mkdir(path)
      return path
    },
    say,
    append (title, text) {
      appendix.push(`\n${title}\n\n${text}\n`)
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      killAll()
      rmSync(root, { recursive: true, force: true })
      process.exit(130)
    })
  }

  say(machine)
  const entries: Entry[] = []
  for (const measure of measures) entries.push(...await attempt(measure, bench))
  await rm(root, { recursive: true, force: true })
  const runs = `${options.runs} runs of ${options.seconds} s`
  process.stdout.write(`\n${machine}\n${runs}; medians of the runs, spread from the lowest to the highest.\n\n`)
  process.stdout.write(`${table(entries)}\n${appendix.join('')}`)
  return entries.some(entry => 'failed' in entry) ? 1 : 0
}

/** A measure that fails gets a row that says so, and the others go on. */
async function attempt (measure: Measure, bench: Bench): Promise<Entry[]> {
  bench.say(`${measure.name}: ${measure.about}`)
  const began = performance.now()
  try {
    return await Promise.race([measure.run(bench), sleep(LIMIT_MS, undefined, { ref: false }).then(tooLong)])
  } catch (error) {
    const reason = error instanceof Error ? error.stack ?? error.message : String(error)
    bench.say(`${measure.name} failed: ${reason}`)
    return [{ what: measure.name, failed: error instanceof Error ? error.message.split('\n')[0]! : reason }]
  } finally {
    killAll()
    bench.say(`${measure.name} took ${Math.round((performance.now() - began) / 1000)} s`)
  }
}

function tooLong (): never {
  throw new Error(`Not finished within ${LIMIT_MS / 60_000} minutes`)
}

function describeMachine (): string {
  const processors = cpus()
  const gigabytes = Math.round(totalmem() / 1024 ** 3)
  return `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown processor'}, ${gigabytes} GB, ` +
    `${process.platform} ${release()}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}, ` +
    `load average before the start ${loadavg()[0]?.toFixed(2)}`
}

function say (message: string): void {
  process.stderr.write(`bench: ${message}\n`)
}
