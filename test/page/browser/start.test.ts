/** The view in which an expression is entered, and what surrounds all views, in a real browser. */
import tap, { test } from 'tap'
import { submit } from '../../http/helper.js'
import { checkAccessibility } from './axe.js'
import { closeBrowser, scene, shoot } from './harness.js'

tap.teardown(closeBrowser)

test('an expression is entered by keyboard alone, and watched', async t => {
  const { open, see } = await scene(t)
  const page = await open()
  await see(page, '#expression:focus')
  await page.keyboard.press('Control+A')
  await page.keyboard.type('(1+2)*')
  t.match(await page.locator('#expression-state').textContent(), /at character 7/)
  t.equal(await page.locator('#expression').getAttribute('aria-invalid'), 'true')
  await page.keyboard.press('Enter')
  t.equal(new URL(page.url()).search, '', 'an error is not submitted')
  await page.keyboard.type('(3+4)')
  t.equal(await page.locator('#expression').getAttribute('aria-invalid'), 'false')
  t.match(await page.locator('.preview').innerText(), /Operations: 3[^]*Work\s+300 ms\s+300 ms/)
  await page.keyboard.press('Enter')
  await see(page, '.tree .node')
  t.equal(new URL(page.url()).search, '?id=1')
  await page.keyboard.press('Tab')
  for (let presses = 0; presses < 30; presses++) {
    if (await page.locator('.tree .node:focus').count() > 0) break
    await page.keyboard.press('Tab')
  }
  t.match(await page.locator('.tree .node:focus').getAttribute('aria-label'), /^#3 · × ·: waiting$/)
  await page.keyboard.press('ArrowDown')
  t.match(await page.locator('.tree .node:focus').getAttribute('aria-label'), /^#1 1 \+ 2: ready$/)
  await page.keyboard.press('ArrowRight')
  t.match(await page.locator('.tree .node:focus').getAttribute('aria-label'), /^#2 3 \+ 4: ready$/)
})

test('a draft above what was submitted before: the picture of the README', async t => {
  const { app, open, claim, report, see } = await scene(t)
  await submit(app, '(1+2)*(3+4)')
  await claim('ada')
  await submit(app, '3+4')
  await claim('bob')
  await report(await claim('cyd'), 7)
  const page = await open()
  await page.locator('#expression').fill('(1+2)*(3+4)-5/2')
  await see(page, '.preview')
  await see(page, '.latest [data-status="completed"]')
  await shoot(page, 'readme-start')
})

test('an error is marked at its place in the text', async t => {
  const { open } = await scene(t)
  const page = await open()
  for (const [text, mark] of [['1+2)', ')'], ['1 + 𝟚', '𝟚'], ['2*foo(3)', 'foo'], ['1..2', '.']] as const) {
    await page.locator('#expression').fill(text)
    const marked = await page.locator('.behind mark').textContent()
    t.ok(marked?.includes(mark) || mark.includes(marked ?? ''), `${text}: ${marked}`)
  }
  await shoot(page, 'start-error')
  await checkAccessibility(t, page, 'an error')
})

test('a variable gets a field of its own, and its value is submitted', async t => {
  const { app, open, see } = await scene(t)
  const page = await open()
  await page.locator('#expression').fill('x*2+1')
  t.ok(await page.getByRole('button', { name: 'Calculate', exact: true }).isDisabled())
  const command = page.locator('.curl code')
  await page.locator('summary').click()
  t.match(await command.first().textContent(), /"variables":\{\}/, 'no value is made up')
  t.match(await command.last().textContent(), 'expressions/ID?wait=30')
  await page.getByLabel('x', { exact: true }).fill('20.5')
  t.match(await command.first().textContent(), /"variables":\{"x":20\.5\}/)
  await page.getByRole('button', { name: 'Calculate', exact: true }).click()
  await see(page, '.tree .node')
  const { expression } = (await app.inject('/api/v1/expressions/1')).json<{ expression: { expression: string } }>()
  t.equal(expression.expression, 'x*2+1')
  const task = (await app.inject('/internal/task')).json<{ task: { arg1: number } }>().task
  t.equal(task.arg1, 20.5)
})

test('examples fill the field, and the command that does the same works in a shell', async t => {
  const { open } = await scene(t)
  const page = await open()
  await page.getByRole('button', { name: 'a chain that planning shortens' }).click()
  t.equal(await page.locator('#expression').inputValue(), '1+2+3+4+5+6+7+8')
  await page.locator('summary').click()
  t.match(await page.locator('.curl code').first().textContent(),
    /^curl http:\/\/127\.0\.0\.1:\d+\/api\/v1\/calculate -H 'Content-Type: application\/json' -d '\{"expression":"1\+2\+3/)
})

test('the page speaks the language of the browser, or the chosen one, in the chosen colours', async t => {
  const { open, see } = await scene(t)
  const russian = await open('', { locale: 'ru-RU' })
  await see(russian, 'h1:has-text("Вычислить")')
  t.equal(await russian.locator('html').getAttribute('lang'), 'ru')
  await russian.getByLabel('Язык').selectOption('es')
  await see(russian, 'h1:has-text("Calcular")')
  await russian.getByLabel('Colores').selectOption('dark')
  await see(russian, 'html[data-theme="dark"]')
  await russian.goto(new URL('.', russian.url()).href)
  await see(russian, 'h1:has-text("Calcular")')
  await see(russian, 'html[data-theme="dark"]')
})

test('the list is filtered and paged, and its address says how', async t => {
  const { app, open, see } = await scene(t)
  for (let index = 0; index < 60; index++) await submit(app, String(index))
  await submit(app, '1+2')
  const page = await open('?view=expressions')
  await see(page, 'tbody tr')
  t.equal(await page.locator('tbody tr').count(), 50)
  await page.getByRole('link', { name: /Older/ }).click()
  t.equal(await page.locator('tbody tr').count(), 11)
  await page.getByLabel('Status').selectOption('pending')
  await see(page, 'tbody:has(tr:only-child)')
  t.equal(new URL(page.url()).search, '?view=expressions&status=pending')
  await page.goBack()
  await see(page, 'tbody:has(tr:nth-child(11))')
  t.equal(new URL(page.url()).search, '?view=expressions&page=2', 'the list before is one step back')
  await page.goForward()
  await page.getByLabel('Status').selectOption('cancelled')
  await see(page, 'main:has-text("There is no such expression")')
})
