import { spawnSync } from 'node:child_process'
import { type Page, chromium } from 'playwright-core'
import { unpackedChromium } from '../../test/page/browser/chromium.js'
import { createClient } from '../client.js'
import type { Bench, Measure } from '../measure.js'
import { type Server, launchServer } from '../server.js'
import { figure, median, quantile, ratioOf } from '../statistics.js'
import { type Entry, atLeast, atMost } from '../table.js'
import { check, tree } from '../workload.js'

const AGENTS = 8
const OPERATIONS = 10_000
const PROBLEM = tree(OPERATIONS)

/** Expressions of a run, one after the other. */
const EXPRESSIONS = 5

/** What the page has drawn at the end, the last part of it last. */
const WHOLE = ['.connection[data-connection="ended"]', 'canvas', '.operations tbody tr:nth-child(100)']

/**
 * The browser of a viewer is on another machine. Here it has a processor of its own, and the server the other one,
 * also without a page.
 */
const SERVER_CORE = '0'
const BROWSER_CORE = '1'

/** Has a process, all its threads and what they start run on these processors alone. */
function pin (pid: number, cores: string): boolean {
  return spawnSync('taskset', ['-acp', cores, String(pid)]).status === 0
}

interface Taken {
  /** Operations a second, from the first claim to the result. */
  readonly perSecond: number
  /** Between two frames of the page, in ms; empty without a page. */
  readonly frames: readonly number[]
}

export const page: Measure = {
  name: 'page',
  about: 'throughput with the page open on an expression of 10,000 operations, and its frames',

  async run (bench: Bench): Promise<Entry[]> {
    if (!pin(process.pid, BROWSER_CORE)) throw new Error('This measure needs taskset and two processors')
    const watched: Taken[] = []
    const alone: Taken[] = []
    for (let round = 0; round < bench.options.runs; round++) {
      watched.push(await take(bench, true))
      alone.push(await take(bench, false))
    }
    pin(process.pid, `${SERVER_CORE},${BROWSER_CORE}`)
    const rates = watched.map(({ perSecond }) => perSecond)
    const references = alone.map(({ perSecond }) => perSecond)
    const ratio = ratioOf(rates, references)
    const slowest = watched.map(({ frames }) => quantile(frames, 0.95))
    return [
      {
        what: 'the page open on an expression of 10,000: throughput',
        measured: figure(rates, 'ops/s'),
        reference: { what: 'the same without the page', figure: figure(references, 'ops/s') },
        ratio,
        target: atLeast(ratio, 0.9, '×')
      },
      {
        what: 'the page open on an expression of 10,000: between two frames, 95 of 100',
        measured: figure(slowest, 'ms'),
        target: atMost(median(slowest), 50, 'ms')
      }
    ]
  }
}

async function take (bench: Bench, isWatched: boolean): Promise<Taken> {
  const server = await launchServer({ folder: await bench.folder('page'), power: AGENTS })
  pin(server.pid, SERVER_CORE)
  const browser = isWatched ? await launchBrowser() : null
  const rates: number[] = []
  const frames: number[] = []
  for (let expression = 0; expression < EXPRESSIONS; expression++) {
    const tab = await browser?.newPage({ viewport: { width: 1280, height: 900 } })
    if (tab !== undefined) await enter(tab, server)
    rates.push(await solved(server, tab))
    if (tab !== undefined) frames.push(...await tab.evaluate<number[]>('window.frames'))
    await tab?.close()
  }
  await browser?.close()
  await server.stop('SIGKILL')
  return { perSecond: median(rates), frames }
}

async function launchBrowser () {
  const { executablePath, env } = await unpackedChromium()
  const inherited = Object.entries(process.env).flatMap(([name, value]) => value === undefined ? [] : [[name, value]])
  return chromium.launch({
    executablePath, args: ['--no-sandbox', '--disable-gpu'], env: { ...Object.fromEntries(inherited), ...env }
  })
}

/** Opens the page where an expression is entered. */
async function enter (tab: Page, { url }: Server): Promise<void> {
  await tab.goto(url)
  await tab.locator('#expression').fill(PROBLEM.source)
}

/** Submits the expression, in the page if there is one, and waits for its result. */
async function solved ({ url }: Server, tab: Page | undefined): Promise<number> {
  const client = createClient(url, 1)
  let id: number
  if (tab === undefined) {
    id = await client.submit(PROBLEM.source)
  } else {
    await tab.evaluate(`
      window.frames = []
      let last = performance.now()
      requestAnimationFrame(function next (now) {
        window.frames.push(now - last)
        last = now
        requestAnimationFrame(next)
      })
    `)
    await tab.locator('#expression').press('Enter')
    await tab.waitForURL(/id=\d+/)
    id = Number(new URL(tab.url()).searchParams.get('id'))
  }
  const shown = await client.final(id)
  await client.close()
  check(PROBLEM, shown)
  for (const shown of WHOLE) await tab?.locator(shown).waitFor()
  const { started_at: from, finished_at: to } = shown
  return 1000 * OPERATIONS / (Date.parse(to ?? '') - Date.parse(from ?? ''))
}
