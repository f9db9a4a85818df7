import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core'
import type { Test } from 'tap'
import { unpackedChromium } from './chromium.js'

/** How a page is opened; by default in English and with little motion. */
export interface Visit extends BrowserContextOptions {
  /** The origin to open it at, if not the server's own, such as that of a proxy. */
  readonly at?: string
  /** Further origins to which the page may send requests. */
  readonly origins?: readonly string[]
  /** Runs in the page before its own scripts. */
  readonly script?: string
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

/**
 * Opens a URL in a context of its own.
 *
 * @param onError is called with each error of the page, such as `404 for /api/v1/expressions/9`
 */
export async function openPage (
  t: Test, url: string, { origins = [], script, ...options }: Visit, onError: (what: string) => void
): Promise<Page> {
  const context = await (await launch()).newContext({ reducedMotion: 'reduce', locale: 'en-GB', ...options })
  t.teardown(() => context.close())
  if (script !== undefined) await context.addInitScript(script)
  const page = await context.newPage()
  reportErrors(page, [new URL(url).origin, ...origins], onError)
  await page.goto(url)
  return page
}

function reportErrors (page: Page, origins: readonly string[], onError: (what: string) => void): void {
  page.on('pageerror', error => onError(`error in the page: ${error.stack ?? String(error)}`))
  page.on('console', message => {
    // The browser's own word for an answer of 400 or more and for a connection that is lost.
    const isOfNetwork = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isOfNetwork) onError(`console: ${message.text()}`)
  })
  page.on('response', response => {
    const { pathname, search } = new URL(response.url())
    if (response.status() >= 400) onError(`${response.status()} for ${pathname}${search}`)
  })
  page.on('request', request => {
    const isOwn = origins.some(origin => request.url().startsWith(`${origin}/`)) || /^(?:data|blob):/.test(request.url())
    if (!isOwn) onError(`request to ${request.url()}`)
  })
}
