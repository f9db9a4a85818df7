/** The lists of expressions and of agents, and the header above them, in a real browser. */
import type { Page } from 'playwright-core'
import tap, { type Test, test } from 'tap'
import { submit } from '../../http/helper.js'
import { checkAccessibility } from './axe.js'
import { closeBrowser, scene, shoot } from './harness.js'

tap.teardown(closeBrowser)

interface Cards {
  readonly isWithin: boolean
  /** Of the values of the first card. */
  readonly labels: readonly string[]
  readonly headers: readonly string[]
}

/** What a screen reader knows of the rows of a table. */
function rolesOf (page: Page): Promise<string> {
  return page.locator('table').first().ariaSnapshot()
}

test('a status has a shape beside its text', async t => {
  const { app, open, claim, report, see } = await scene(t)
  await submit(app, '1+2')
  await report(await claim('ada'), 3)
  await submit(app, '1/0')
  const cancelled = await submit(app, '5*6')
  await app.inject({ method: 'DELETE', url: `/api/v1/expressions/${cancelled}` })
  await submit(app, '(7-8)*2')
  await claim('ada')
  await submit(app, '2^10+1')
  const page = await open('?view=expressions')
  await see(page, 'tbody tr')
  const statuses = await page.evaluate<string[][]>(`[...document.querySelectorAll('.status')].map(mark =>
    [mark.textContent, mark.querySelector('svg[aria-hidden="true"]')?.dataset.shape])`)
  t.same(statuses, [
    ['pending', 'ring'], ['in progress', 'quarter'], ['cancelled', 'dash'], ['failed', 'cross'], ['completed', 'check']
  ])
  await checkAccessibility(t, page, 'all statuses')
  await shoot(page, 'list')
})

test('an empty list offers to clear its filter, and only then', async t => {
  const { app, open, see } = await scene(t)
  const page = await open('?view=expressions')
  await see(page, 'main:has-text("There are no expressions yet")')
  const clear = page.getByRole('button', { name: 'Show all expressions' })
  t.equal(await clear.count(), 0)
  await submit(app, '1+2')
  await see(page, 'tbody tr')
  await page.getByLabel('Status').selectOption('failed')
  await page.getByLabel('Service').press('Tab')
  await clear.waitFor()
  await shoot(page, 'list-empty')
  await clear.focus()
  await page.keyboard.press('Enter')
  await see(page, 'tbody tr')
  t.equal(new URL(page.url()).search, '?view=expressions')
  t.equal(await page.getByLabel('Status').inputValue(), 'all')
  t.equal(await page.locator('select:focus').inputValue(), 'all', 'the focus stays near')
})

test('on a phone a row is a card, and is read as the row of the table', async t => {
  const { app, open, claim, report, see } = await scene(t)
  await submit(app, '(1+2)*(3+4)')
  await report(await claim('classroom-8080-f00d'), 3)
  await claim('classroom-8080-f00d')
  await submit(app, '20.5*2')
  await report(await claim('bob'), 41)
  for (const query of ['?view=expressions', '?view=agents', '?id=1']) {
    const page = await open(query)
    await see(page, '.cards tbody tr')
    await page.setViewportSize({ width: 1280, height: 800 })
    const wide = await rolesOf(page)
    t.match(wide, /columnheader[^]*cell/)
    await page.setViewportSize({ width: 360, height: 800 })
    const { isWithin, labels, headers } = await page.evaluate<Cards>(`(() => {
      const table = document.querySelector('.cards')
      const cells = [...table.querySelectorAll('tbody tr:first-child > :not(:empty)')]
      return {
        isWithin: table.scrollWidth <= table.clientWidth,
        labels: cells.map(cell => getComputedStyle(cell, '::before').content.replace(/^"(.*?)".*/, '$1')),
        headers: [...table.querySelectorAll('[role=columnheader]')].map(header => header.textContent)
      }
    })()`)
    t.ok(isWithin, query)
    t.ok(labels.length >= 4 && labels.every(label => headers.includes(label)), `${labels} of ${headers}`)
    t.equal(await rolesOf(page), wide, 'a screen reader finds the same table')
    await checkAccessibility(t, page, query)
    await shoot(page, `cards${query.replace(/\W/g, '-')}`)
  }
})

test('numbers end at one edge, with digits of one width', async t => {
  const { app, open, see } = await scene(t)
  for (let index = 0; index < 12; index++) await submit(app, String(10 ** (index % 4)))
  const page = await open('?view=expressions')
  await see(page, 'tbody tr')
  for (const column of [1, 3]) {
    const ends = await page.evaluate<string[]>(`
      [...document.querySelectorAll('tbody tr > :nth-child(${column})')].map(cell => {
        const range = document.createRange()
        range.selectNodeContents(cell)
        return Math.round(range.getBoundingClientRect().right) + ' ' + getComputedStyle(cell).fontVariantNumeric
      })
    `)
    t.equal(ends.length, 12)
    t.equal(new Set(ends).size, 1, String(ends))
    t.match(ends[0], /tabular-nums$/)
  }
})

test('on a phone the header takes two rows in each language, and nothing of it is cut', async t => {
  const { open, see, url } = await scene(t)
  for (const lang of ['en', 'ru', 'es']) {
    const page = await open(`?view=agents&lang=${lang}`)
    await page.setViewportSize({ width: 360, height: 800 })
    await see(page, '.connection[data-connection="live"]')
    await checkHeader(t, page, `${lang}, live`)
    await page.route(`${url}/api/v1/events*`, route => route.abort())
    await page.reload()
    await see(page, '.connection[data-connection="away"]')
    await checkHeader(t, page, `${lang}, away`)
    await shoot(page, `header-${lang}`)
  }
})

test('the counts of agents say since when they are counted, in each language', async t => {
  const { open, see } = await scene(t)
  for (const [lang, text] of [
    ['en', 'All three counts begin with the start of the server.'], ['ru', 'Все три счётчика идут с запуска сервера.'],
    ['es', 'Las tres cuentas empiezan con el inicio del servidor.']
  ] as const) {
    await see(await open(`?view=agents&lang=${lang}`), `main:has-text("${text}")`)
  }
})

interface HeaderSizes {
  readonly height: number
  /** Texts of parts that are cut or outside of the page. */
  readonly cut: readonly string[]
  /** The lesser side of each target, in px. */
  readonly targets: readonly number[]
}

async function checkHeader (t: Test, page: Page, name: string): Promise<void> {
  const { height, cut, targets } = await page.evaluate<HeaderSizes>(`(() => {
    const header = document.querySelector('.header')
    const isCut = part => {
      const { left, right } = part.getBoundingClientRect()
      return left < 0 || right > innerWidth || (part.clientWidth > 0 && part.scrollWidth > part.clientWidth)
    }
    const parts = [...header.querySelectorAll('.brand, nav, nav a, .connection, .short')]
    const targets = [...header.querySelectorAll('a, select')].map(target => target.getBoundingClientRect())
    return {
      height: header.getBoundingClientRect().height,
      cut: parts.filter(isCut).map(part => part.textContent),
      targets: targets.map(({ width, height }) => Math.min(width, height))
    }
  })()`)
  t.ok(height <= 84, `${name}: ${height} px`)
  t.same(cut, [], name)
  t.ok(targets.length >= 8 && targets.every(size => size >= 24), `${name}: ${targets}`)
}

test('the lanes, the tree and the table name an agent in the same way', async t => {
  const { app, open, claim, see } = await scene(t)
  const id = await submit(app, '(1+2)*(3+4)-(5+6)/2')
  for (const agent of ['ada', 'bob', 'classroom-8080-f00d']) await claim(agent)
  const page = await open(`?id=${id}`)
  await see(page, '.operations tbody tr')
  const marksOf = (selector: string) => page.evaluate<string[][]>(`
    [...document.querySelectorAll('${selector}')].map(place => [
      (place.querySelector('text')?.firstChild ?? place).textContent, place.querySelector('.swatch').dataset.colour
    ])
  `)
  const expected = [['ada', '0'], ['bob', '1']]
  t.same(await marksOf('.lanes g:has(.swatch)'), [...expected, ['classroom-8080-f00d', '2']])
  t.same(await marksOf('.operations .agent-name'), [...expected, ['classroom-8080-f00d', '2']])
  t.same((await marksOf('.tree .agent')).sort(), [...expected, ['cla…00d', '2']])
  t.match(await page.locator('.legend').innerText(), /planned critical path/)
  await checkAccessibility(t, page, 'agents')
  await shoot(page, 'agents-in-tree')
})

test('a large tree has no names of agents', async t => {
  const { app, open, claim, see } = await scene(t)
  let text = '1'
  for (let level = 0; level < 5; level++) text = `(${text}*${text})`
  const id = await submit(app, text)
  await claim('ada')
  const page = await open(`?id=${id}`)
  await see(page, '.tree [data-phase="running"]')
  t.equal(await page.locator('.tree .agent').count(), 0)
})
