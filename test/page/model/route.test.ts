import { test } from 'tap'
import { createServerClock } from '../../../src/page/model/clock.js'
import { NO_FILTER, type Route, readRoute, writeRoute } from '../../../src/page/model/route.js'

const ROUTES: readonly Route[] = [
  { view: 'start' }, { view: 'agents' }, { view: 'server' }, { view: 'expressions', filter: NO_FILTER },
  { view: 'expressions', filter: { kind: 'all', status: 'failed', page: 3 } },
  { view: 'expression', id: 7, atMs: null }, { view: 'expression', id: 7, atMs: 1_500 }
]

test('an address names a view', async t => {
  for (const route of ROUTES) t.strictSame(readRoute(writeRoute(route).replace('./', '')), route)
})

test('a page of the list has the number in the address that it is shown with', async t => {
  const second: Route = { view: 'expressions', filter: { ...NO_FILTER, page: 1 } }
  t.equal(writeRoute(second), '?view=expressions&page=2')
  t.strictSame(readRoute('?view=expressions&page=2'), second)
  for (const page of ['1', '0', '-1', 'x', '']) {
    t.match(readRoute(`?view=expressions&page=${page}`), { filter: { page: 0 } }, page)
  }
})

test('a view keeps the choices of the viewer', async t => {
  t.equal(writeRoute({ view: 'agents' }, '?id=3&lang=ru&embed=1'), '?view=agents&embed=1&lang=ru')
  t.equal(writeRoute({ view: 'start' }, '?id=3'), './')
})

test('an address that names nothing is the start', async t => {
  for (const search of ['', '?', '?id=', '?id=0', '?id=-1', '?id=x', '?view=nothing', '?id=1e3']) {
    t.strictSame(readRoute(search), { view: 'start' }, search)
  }
})

test('the time of the server is that of the fastest message', async t => {
  let elapsedMs = 1_000
  const clock = createServerClock(() => elapsedMs)
  t.equal(clock.nowMs(), null)
  clock.heard('2026-01-01T00:00:00.000Z')
  elapsedMs += 500
  t.equal(clock.nowMs(), Date.parse('2026-01-01T00:00:00.500Z'))
  clock.heard('2026-01-01T00:00:00.200Z')
  t.equal(clock.nowMs(), Date.parse('2026-01-01T00:00:00.500Z'), 'a delayed message changes nothing')
  clock.heard('2026-01-01T00:00:00.700Z')
  t.equal(clock.nowMs(), Date.parse('2026-01-01T00:00:00.700Z'))
  clock.heard('2025-06-01T00:00:00.000Z')
  t.equal(clock.nowMs(), Date.parse('2025-06-01T00:00:00.000Z'), 'the clock of the server was set')
})
