import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly impact: string | null
  readonly nodes: ReadonlyArray<{ readonly html: string, readonly failureSummary?: string }>
}

/** Nothing serious, in both themes. */
export async function checkAccessibility (t: Test, page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // Not as a script of the page, which its policy forbids.
    await page.evaluate(AXE)
    const violations = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)')
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    const found = serious.map(({ id, nodes }) => [id, ...nodes.map(node => `${node.html} ${node.failureSummary}`)])
    t.same(found, [], `${name}, ${colorScheme}`)
  }
}
