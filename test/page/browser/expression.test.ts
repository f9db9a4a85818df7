/** The view of an expression, in a real browser, while the test plays the agents. */
import { readFile } from 'node:fs/promises'
import tap, { test } from 'tap'
import { type TaskShown, submit } from '../../http/helper.js'
import { checkAccessibility } from './axe.js'
import { closeBrowser, scene, shoot } from './harness.js'

tap.teardown(closeBrowser)

function valueOf ({ arg1, arg2, operation }: TaskShown): number {
  switch (operation) {
    case '+': return arg1 + arg2
    case '-': return arg1 - arg2
    case '*': return arg1 * arg2
    default: return arg1 / arg2
  }
}

test('each state of an operation is drawn in the tree and in the task stream', async t => {
  const { app, open, claim, report, fail, see, until, clock } = await scene(t)
  const id = await submit(app, '(1+2)*(3+4)-5/2')
  const page = await open(`?id=${id}`)
  const node = (operation: number, phase: string) => `.tree [data-operation="${operation}"][data-phase="${phase}"]`
  const bar = (operation: number, state: string) => `.stream [data-operation="${operation}"][data-state="${state}"]`
  await see(page, node(1, 'ready'))
  await see(page, node(3, 'waiting'))

  const first = await claim('ada')
  await see(page, node(first.id, 'running'))
  await see(page, bar(first.id, 'running'))
  t.match(await page.locator(node(first.id, 'running')).getAttribute('aria-label'), /^#1 1 \+ 2: running, by ada$/)
  await report(first, 3)
  await see(page, node(first.id, 'completed'))
  await see(page, bar(first.id, 'completed'))
  t.equal(await page.locator(`${node(first.id, 'completed')} .value`).textContent(), '3')

  const lost = await claim('bob')
  await fail(lost)
  await see(page, node(lost.id, 'expired'))
  await see(page, bar(lost.id, 'lost'))
  await until(page, 'the retry is due', async () => {
    const response = await app.inject('/internal/task?agent=cyd')
    return response.statusCode === 200
  })
  await see(page, '.tree [data-phase="running"] .badge')
  await checkAccessibility(t, page, 'an expression in progress')
  await shoot(page, 'expression-in-progress')

  clock.advance(10_000)
  await until(page, 'the lease of the second attempt expires', async () =>
    await page.locator('.bar[data-state="lost"]').count() === 2)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await see(page, '.tree [data-phase="dropped"]')
  t.equal(await page.locator('.heading .status').textContent(), 'cancelled')
})

test('a failed expression shows which operation has failed, and why', async t => {
  const { app, open, see } = await scene(t)
  const id = await submit(app, '1/0+2*3')
  const page = await open(`?id=${id}`)
  await see(page, '.tree [data-phase="failed"]')
  t.match(await page.locator('.heading .error').textContent(), /Division by zero/)
  t.equal(await page.locator('.tree [data-phase="failed"] .body').getAttribute('rx'), '4', 'its shape differs as well')
  t.match(await page.locator('.phase-counts').innerText(), /failed 1/)
})

test('hover in one picture lights the operation in the others', async t => {
  const { app, open, claim, see } = await scene(t)
  const id = await submit(app, '1+2*3')
  await claim('ada')
  const page = await open(`?id=${id}`)
  await see(page, '.stream .bar')
  await page.locator('.stream .bar rect').hover()
  await see(page, '.tree .node[data-lit]')
  await see(page, '.operations tr[data-lit]')
})

test('the tree turns into the task stream, at once where the viewer wants little motion', async t => {
  const { app, open, claim, report, see } = await scene(t)
  const id = await submit(app, '1+2*3')
  await report(await claim('ada'), 6)
  for (const reducedMotion of ['no-preference', 'reduce'] as const) {
    const page = await open(`?id=${id}`, { reducedMotion })
    await see(page, '.tree .node')
    await page.evaluate(`
      window.morphs = 0
      new MutationObserver(() => { window.morphs += document.querySelectorAll('.morph').length })
        .observe(document.body, { childList: true, subtree: true, attributes: true })
    `)
    await page.getByRole('button', { name: 'Task stream', exact: true }).click()
    await see(page, '.pictures:has(.stream):not(:has(.tree)):not(:has(.morph))')
    t.equal(await page.evaluate<number>('window.morphs') > 0, reducedMotion === 'no-preference')
    await page.getByRole('button', { name: 'Tree', exact: true }).click()
    await see(page, '.pictures:has(.tree):not(:has(.stream)):not(:has(.morph))')
  }
})

test('any moment of a finished expression is shown again, also from a link', async t => {
  const { app, open, claim, report, see, clock } = await scene(t)
  const id = await submit(app, '(1+2)*4')
  for (const result of [3, 12]) {
    const task = await claim('ada')
    clock.advance(1_000)
    await report(task, result)
  }
  const page = await open(`?id=${id}`)
  await see(page, '.connection[data-connection="ended"]')
  t.equal(await page.locator('.result').textContent(), '12')
  await shoot(page, 'expression-completed')
  await checkAccessibility(t, page, 'a finished expression')
  await page.getByRole('slider').fill('500')
  await see(page, '.tree [data-operation="1"][data-phase="running"]')
  await see(page, '.tree [data-operation="2"][data-phase="waiting"]')
  t.equal(await page.locator('.result').count(), 0, 'the result comes later')
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Link to this moment' }).click()
  t.match(page.url(), /\?id=1&at=500$/)
  await see(page, 'button:has-text("Copied")')
  await page.reload()
  await see(page, '.tree [data-operation="1"][data-phase="running"]')
  await page.getByRole('button', { name: 'End' }).click()
  await see(page, '.tree [data-operation="2"][data-phase="completed"]')
  await page.getByLabel('Speed').selectOption('10')
  await page.getByRole('button', { name: 'Play' }).click()
  await see(page, '.controls .play:has-text("Pause")')
})

test('two agents, of which one loses a task, at one moment: the picture of the README', async t => {
  const { app, open, claim, report, fail, see, clock } = await scene(t)
  const id = await submit(app, '(1+2)*(3+4)-(5+6)/2')
  const [one, two] = [await claim('ada'), await claim('bob')]
  clock.advance(60)
  await fail(two)
  clock.advance(40)
  await report(one, valueOf(one))
  const three = await claim('ada')
  clock.advance(20)
  const four = await claim('bob')
  clock.advance(80)
  await report(three, valueOf(three))
  const five = await claim('ada')
  clock.advance(20)
  await report(four, valueOf(four))
  const six = await claim('bob')
  clock.advance(80)
  await report(five, valueOf(five))
  clock.advance(20)
  await report(six, valueOf(six))
  const seven = await claim('ada')
  clock.advance(100)
  await report(seven, valueOf(seven))
  const page = await open(`?id=${id}&at=265`)
  await see(page, '.tree [data-phase="running"]')
  t.equal(await page.locator('.bar[data-state="lost"]').count(), 1)
  await shoot(page, 'readme')
})

test('the task stream and the tree are saved as pictures of their own', async t => {
  const { app, open, claim, report, see } = await scene(t)
  const id = await submit(app, '1+2')
  await report(await claim('ada'), 3)
  const page = await open(`?id=${id}`)
  await see(page, '.stream .bar')
  for (const [name, begin, file] of [
    ['Save SVG: Task stream', '<svg', `longhand-${id}.svg`],
    ['Save PNG: Task stream', '\u{fffd}PNG', `longhand-${id}.png`],
    ['Save SVG: Tree', '<svg', `longhand-${id}-tree.svg`],
    ['Save PNG: Tree', '\u{fffd}PNG', `longhand-${id}-tree.png`]
  ] as const) {
    const [download] = await Promise.all([
      page.waitForEvent('download'), page.getByRole('button', { name }).click()
    ])
    t.equal(download.suggestedFilename(), file)
    const text = await readFile(await download.path(), 'utf8')
    t.ok(text.startsWith(begin), `${name}: ${text.slice(0, 20)}`)
    if (begin === '<svg') {
      t.match(text, /1 \+ 2/)
      t.notMatch(text, /var\(/, 'colours are written out')
    }
  }
})

test('a large plan folds its tree and draws its stream on a canvas', async t => {
  const { app, open, claim, see, until } = await scene(t)
  const id = await submit(app, Array.from({ length: 500 }, (_, index) => `${index}*2`).join('+'))
  for (let index = 0; index < 500; index++) await claim('ada')
  const page = await open(`?id=${id}`)
  await see(page, '.tree .folded')
  await see(page, '.phase-counts:has-text("running 500"):has-text("completed 0 / 999")')
  await see(page, '.operations:has-text("100 of 999: first those that are running or ready")')
  await see(page, 'canvas')
  const before = await page.locator('.tree .node').count()
  t.ok(before <= 125)
  await page.locator('.tree .node:has(.folded)').first().click()
  t.ok(await page.locator('.tree .node').count() > before, 'a click opens a sub-tree')
  for (const [width, rows, shown] of [[1280, 100, '100 of 999: first those'], [360, 30, '30 of 999: first']] as const) {
    await page.setViewportSize({ width, height: 800 })
    await see(page, `.operations:has-text("${shown}")`)
    await until(page, `${rows} operations are listed`, async () =>
      await page.locator('.operations tbody tr').count() === rows)
  }
})

test('an expression that is a number has nothing to draw', async t => {
  const { app, open, see } = await scene(t)
  const page = await open(`?id=${await submit(app, '7')}`)
  await see(page, 'main:has-text("there is nothing to compute")')
  t.equal(await page.locator('.result').textContent(), '7')
  t.equal(await page.locator('.pictures').count(), 0)
})

test('texts of others are shown as they are, and do nothing', async t => {
  const { app, open, see } = await scene(t)
  const name = '<img src=x onerror=alert(1)>'
  await app.inject({ method: 'POST', url: '/create-task', payload: { name, duration_ms: 1_000 } })
  await app.inject(`/internal/task?agent=${encodeURIComponent('<b>ada</b>')}&operations=all`)
  const page = await open('?id=1')
  await see(page, '.tree .node')
  t.match(await page.locator('.source').textContent(), name)
  t.equal(await page.locator('main img').count(), 0)
  const agents = await open('?view=agents')
  await see(agents, 'tbody tr')
  t.equal(await agents.locator('tbody th').first().textContent(), '<b>ada</b>')
})

test('an unknown expression is said to be unknown', async t => {
  const { open, see, announce } = await scene(t)
  announce(/^404 for \/\?id=99$/)
  announce(/^404 for \/api\/v1\/expressions\/99\/events$/)
  const page = await open('?id=99')
  await see(page, 'main:has-text("There is no expression 99")')
})

test('an expression that fails before any attempt does not wait for agents', async t => {
  const { app, open, see } = await scene(t)
  const page = await open(`?id=${await submit(app, '1/0')}`)
  await see(page, '.pictures:has-text("It ended before an agent claimed an operation.")')
  t.equal(await page.locator('.stream').count(), 0)
  t.match(await page.locator('.figures dl').innerText(), /Shortest possible\s+–/)
})

test('the names of functions are within the tree, also at its edge', async t => {
  const { app, open, report, see } = await scene(t)
  const id = await submit(app, 'floor(5.5)+sqrt(16)')
  for (const value of [5, 4, 9]) {
    const answer = await app.inject('/internal/task?agent=ada&operations=floor,sqrt,%2B')
    const { task } = answer.json<{ task: TaskShown }>()
    await report(task, value)
  }
  const page = await open(`?id=${id}`)
  await see(page, '.tree .origin.name')
  const cut = await page.evaluate<string[]>(`(() => {
    const { left, right } = document.querySelector('.tree').getBoundingClientRect()
    return [...document.querySelectorAll('.tree .origin')].filter(each => {
      const box = each.getBoundingClientRect()
      return box.left < left || box.right > right
    }).map(each => each.textContent)
  })()`)
  t.same(cut, [])
  await shoot(page, 'functions')
})
