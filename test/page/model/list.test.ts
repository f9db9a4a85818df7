import { test } from 'tap'
import type { ListEntry, Status } from '../../../src/client/index.js'
import { PAGE_SIZE, kindsOf, pageOf } from '../../../src/page/model/list.js'
import { readMetrics, serverFigures } from '../../../src/page/model/metrics.js'
import { NO_FILTER } from '../../../src/page/model/route.js'

function entry (id: number, status: Status = 'completed', kind?: string): ListEntry {
  return { id, status, result: null, created_at: '2026-01-01T00:00:00Z', ...kind === undefined ? {} : { kind } }
}

const MANY = Array.from({ length: 2 * PAGE_SIZE + 1 }, (_, index) => entry(index + 1))

test('the newest expressions are on the first page', async t => {
  const first = pageOf(MANY, NO_FILTER)
  t.match(first, { total: MANY.length, page: 0, pages: 3 })
  t.equal(first.entries.length, PAGE_SIZE)
  t.equal(first.entries[0]!.id, MANY.length)
  const last = pageOf(MANY, { ...NO_FILTER, page: 2 })
  t.same(last.entries.map(({ id }) => id), [1])
  t.equal(pageOf(MANY, { ...NO_FILTER, page: 99 }).page, 2, 'a page beyond the end is the last one')
  t.match(pageOf([], NO_FILTER), { entries: [], total: 0, page: 0, pages: 1 })
})

test('a filter lets through one service, one status, or both', async t => {
  const entries = [entry(1, 'failed'), entry(2, 'failed', 'job-order'), entry(3, 'completed', 'job-order')]
  t.same(kindsOf(entries), ['expression', 'job-order'])
  const ids = (kind: string, status: string) =>
    pageOf(entries, { kind, status, page: 0 }).entries.map(({ id }) => id)
  t.same(ids('all', 'all'), [3, 2, 1])
  t.same(ids('job-order', 'all'), [3, 2])
  t.same(ids('all', 'failed'), [2, 1])
  t.same(ids('expression', 'failed'), [1])
  t.same(ids('nothing', 'all'), [])
})

test('the metrics of a server are read with their labels', async t => {
  const samples = readMetrics([
    '# HELP longhand_tasks Tasks', 'longhand_tasks{state="ready",operation="+"} 3',
    'longhand_tasks{state="leased",operation="+"} 1', 'longhand_tasks{state="ready",operation="*"} 0',
    'longhand_tasks{state="ready",operation="a\\"b\\\\c\\n"} 7', 'longhand_queue_age_seconds 1.5',
    'longhand_store_up 1', 'longhand_expressions_open 2e3', ''
  ].join('\n'))
  const figures = serverFigures(samples)
  t.match(figures, { oldestUnclaimedS: 1.5, isStoreUp: true, openExpressions: 2_000 })
  t.same(figures.backlog, [
    { operation: 'a"b\\c\n', ready: 7, leased: 0 }, { operation: '+', ready: 3, leased: 1 }
  ], 'the longest first, and none without tasks')
  t.ok(Number.isNaN(figures.eventStreams), 'what is not there is not 0')
})

test('while the store is unavailable, its figures are the last ones', async t => {
  const before = serverFigures(readMetrics([
    'longhand_store_up 1', 'longhand_operations_open 7', 'longhand_tasks{state="ready",operation="+"} 3'
  ].join('\n')))
  const down = readMetrics('longhand_store_up 0\nlonghand_leases_expired_total 2')
  const figures = serverFigures(down, before)
  t.match(figures, { isStoreUp: false, openOperations: 7, expiredLeases: 2, backlog: before.backlog })
  t.ok(Number.isNaN(serverFigures(down).openOperations))
})
