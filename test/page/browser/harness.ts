import { setTimeout as pause } from 'node:timers/promises'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core'
import type { Test } from 'tap'
import { type Built, type Overrides, type TaskShown, build } from '../../http/helper.js'
import { unpackedChromium } from './chromium.js'

/** A server without agents, whose time the test turns, and a browser. */
export interface Scene extends Built {
  readonly url: string
  /** Opens the page at a query. The test fails with any error of the page, and any request to another origin. */
  open (query?: string, options?: BrowserContextOptions): Promise<Page>
  /** Claims a task in the name of an agent. */
  claim (agent: string): Promise<TaskShown>
  report (task: TaskShown, result: number): Promise<void>
  fail (task: TaskShown): Promise<void>
  /** How many event streams the server has. */
  streams (): Promise<number>
  /** Turns the time of the server until something is so in the page. */
  until (page: Page, what: string, isSo: () => boolean | Promise<boolean>): Promise<void>
  /** Turns the time until a selector is there. */
  see (page: Page, selector: string): Promise<void>
}

let browser: Promise<Browser> | undefined

async function launch (): Promise<Browser> {
  if (browser === undefined) {
    browser = unpackedChromium().then(({ executablePath, env }) => chromium.launch({
      executablePath, args: ['--no-sandbox', '--disable-gpu'], env: { ...stringsOf(process.env), ...env }
    }))
  }
  return browser
}

/** To be called once at the end of a test file. */
export async function closeBrowser (): Promise<void> {
  await (await browser)?.close()
}

function stringsOf (env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]))
}

/** How often the time is turned before a test gives up, and how far each time, in ms. */
const TURNS = 400
const TURN_MS = 20

export async function scene (t: Test, overrides: Overrides = {}): Promise<Scene> {
  const built = build(t, overrides)
  const { app, clock } = built
  const url = await app.listen({ port: 0, host: '127.0.0.1' })

  async function post (payload: object): Promise<void> {
    const response = await app.inject({ method: 'POST', url: '/internal/task', payload })
    t.equal(response.statusCode, 200, response.body)
  }

  async function until (page: Page, what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) {
      if (await isSo()) {
        t.pass(what)
        return
      }
      clock.advance(TURN_MS)
      await pause(5)
    }
    t.fail(`${what}; the page shows: ${await page.locator('body').innerText()}`)
  }

  return {
    ...built,
    url,
    until,

    async open (query = '', options = {}) {
      const context = await (await launch()).newContext({ reducedMotion: 'reduce', locale: 'en-GB', ...options })
      const page = await context.newPage()
      page.on('pageerror', error => t.fail(`error in the page: ${error.stack ?? String(error)}`))
      page.on('console', message => {
        // The browser's own word for an answer of 400 or more and for a connection that is lost.
        const isOfNetwork = message.text().startsWith('Failed to load resource')
        if (message.type() === 'error' && !isOfNetwork) t.fail(`console: ${message.text()}`)
      })
      page.on('response', response => {
        const isFile = new URL(response.url()).pathname.startsWith('/page/')
        if (isFile && response.status() >= 400) t.fail(`${response.status()} for ${response.url()}`)
      })
      page.on('request', request => {
        const isOwn = request.url().startsWith(`${url}/`) || /^(?:data|blob):/.test(request.url())
        if (!isOwn) t.fail(`request to ${request.url()}`)
      })
      t.teardown(() => context.close())
      await page.goto(`${url}/${query}`)
      return page
    },

    async claim (agent) {
      const response = await app.inject(`/internal/task?agent=${agent}`)
      t.equal(response.statusCode, 200, response.body)
      return response.json<{ task: TaskShown }>().task
    },

    report: ({ id, lease }, result) => post({ id, lease, result }),

    fail: ({ id, lease }) => post({ id, lease, error: { code: 'no_beads', message: 'No beads', retryable: true } }),

    async streams () {
      const { body } = await app.inject('/metrics')
      return Number(/^longhand_event_streams (\d+)$/m.exec(body)?.[1])
    },

    see: (page, selector) => until(page, `there is ${selector}`, async () => await page.locator(selector).count() > 0)
  }
}

const SHOTS = process.env['LONGHAND_SHOTS'] ?? join(tmpdir(), 'longhand-shots')

/** Pictures of the page in both themes and three sizes, for people to look at. */
export async function shoot (page: Page, name: string): Promise<void> {
  await mkdir(SHOTS, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const width of [360, 1280, 1920]) {
      await page.setViewportSize({ width, height: 900 })
      // The pictures take the new width with the next frame.
      await page.evaluate('new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
      await page.screenshot({ path: join(SHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true })
    }
  }
}
