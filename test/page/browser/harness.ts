import { setTimeout as pause } from 'node:timers/promises'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { type Built, type Overrides, type TaskShown, build } from '../../http/helper.js'
import { type Visit, openPage } from './browser.js'

export { closeBrowser } from './browser.js'

/** What a test does in the name of agents, over HTTP. */
export interface Agents {
  /** Claims a task. */
  claim (agent: string): Promise<TaskShown>
  report (task: TaskShown, result: number): Promise<void>
  /** Reports an error after which the task can be claimed again. */
  fail (task: TaskShown): Promise<void>
  /** Renews the lease of a task by a heartbeat. */
  renew (agent: string, task: TaskShown): Promise<void>
  /** Releases a task by a heartbeat. */
  release (agent: string, task: TaskShown): Promise<void>
}

/** A server without agents, whose time the test turns, and a browser. */
export interface Scene extends Built, Agents {
  readonly url: string
  /**
   * Opens the page at a query. The test fails with any error of the page that it has not announced: an exception, an
   * error in the console, an answer of a status from 400 on, a request to another origin.
   */
  open (query?: string, visit?: Visit): Promise<Page>
  /** Lets errors of the page pass that match, such as `/^404 for \/api\//`. */
  announce (error: RegExp): void
  /** How many event streams the server has. */
  streams (): Promise<number>
  /** Turns the time of the server until something is so in the page. */
  until (page: Page, what: string, isSo: () => boolean | Promise<boolean>): Promise<void>
  /** Turns the time until a selector is there. */
  see (page: Page, selector: string): Promise<void>
}

/** How often the time is turned before a test gives up, and how far each time, in ms. */
const TURNS = 400
const TURN_MS = 20

export async function scene (t: Test, overrides: Overrides = {}): Promise<Scene> {
  const built = build(t, overrides)
  const { app, clock } = built
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const announced: RegExp[] = []

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
    ...agentsOf(t, app),
    url,
    until,

    open: (query = '', { at = url, ...visit } = {}) => openPage(t, `${at}/${query}`, visit, what => {
      if (!announced.some(pattern => pattern.test(what))) t.fail(what)
    }),

    announce: pattern => { announced.push(pattern) },

    async streams () {
      const { body } = await app.inject('/metrics')
      return Number(/^longhand_event_streams (\d+)$/m.exec(body)?.[1])
    },

    see: (page, selector) => until(page, `there is ${selector}`, async () => await page.locator(selector).count() > 0)
  }
}

function agentsOf (t: Test, app: FastifyInstance): Agents {
  async function post (url: string, payload: object): Promise<void> {
    const response = await app.inject({ method: 'POST', url, payload })
    t.equal(response.statusCode, 200, response.body)
  }

  const leaseOf = ({ id, lease }: TaskShown) => ({ id, lease })

  return {
    async claim (agent) {
      const response = await app.inject(`/internal/task?agent=${agent}&instance=one`)
      t.equal(response.statusCode, 200, response.body)
      return response.json<{ task: TaskShown }>().task
    },

    report: (task, result) => post('/internal/task', { ...leaseOf(task), result }),

    fail: task => post('/internal/task', {
      ...leaseOf(task), error: { code: 'no_beads', message: 'No beads', retryable: true }
    }),

    renew: (agent, task) => post('/internal/heartbeat', { agent, instance: 'one', tasks: [leaseOf(task)] }),

    release: (agent, task) => post('/internal/heartbeat', { agent, instance: 'one', release: [leaseOf(task)] })
  }
}

const SHOTS = process.env['LONGHAND_SHOTS'] ?? join(tmpdir(), 'longhand-shots')

/** Pictures of the page in both themes and three sizes, for people to look at. */
export async function shoot (page: Page, name: string): Promise<void> {
  await mkdir(SHOTS, { recursive: true })
  // The table comes some frames after the pictures.
  if (await page.locator('.pictures').count() > 0) {
    await page.locator('.operations td').first().waitFor({ state: 'attached' })
  }
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
