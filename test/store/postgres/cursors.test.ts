import { test } from 'tap'
import { submissionOf } from '../fixture.js'
import { join } from './scene.js'
import { startServer } from './server.js'

const server = await startServer()

test('a text that is no cursor of this database, or one of its future, starts again', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url, { paceMs: 0 })
  const { id } = await store.submit(submissionOf('1+2'))
  const { id: other } = await store.submit(submissionOf('1+2'))
  const { cursor } = (await store.changesOf(id, null, 10))!
  const { cursor: list } = await store.listChanges(null, 10)
  const [life = '', , , snapshot = ''] = cursor.split('.')
  t.match([cursor, list], [/^[\w.:,-]+$/, /^[\w.:,-]+$/])
  const bad = [
    '', 'x', '0', "'; DROP TABLE longhand.task; --", '\0', 'é'.repeat(100), '9'.repeat(100_000), list, `${cursor}.`,
    `${cursor}x`, cursor.replace(life, life.replace(/./, 'g')), `${life}.${id}.0..`, `${life}.${id}.0`,
    ...['1:0:', '0:1:', '0:0:', '5:9:4', '5:9:9', '5:9:7,6', '5:9:,', '5:9', 'a:b:', '-5:9:', '5:9:6,',
      '999999999999999998:999999999999999999:', '99999999999999999999:99999999999999999999:'
    ].map(text => `${life}.${id}.0.${text}.`),
    `${life}.${id}.x.${snapshot}.`, `${life}.${id}.-1.${snapshot}.`, `${life}.${id}.0.${snapshot}.9:5:`,
    `${life}.${id}.0.${snapshot}.999999999999999999:999999999999999999:`
  ]
  for (const text of bad) {
    t.match(await store.changesOf(id, text, 10), { isStart: true, isComplete: true, expression: { id } }, text)
    t.match(await store.listChanges(text.replace(`.${id}.`, '.list.').replace(list, 'x'), 10),
      { isStart: true, expressions: { length: 2 } })
  }
  t.match(await store.changesOf(id, cursor, 10), { isStart: false, expression: null })
  t.match(await store.changesOf(other, cursor, 10), { isStart: true, expression: { id: other } })
  t.match(await store.listChanges(list, 10), { isStart: false, expressions: [] })
  await server.query(url, 'UPDATE longhand.issuer SET name = DEFAULT')
  const { store: restored } = await join(url, { paceMs: 0 })
  t.match(await restored.changesOf(id, cursor, 10), { isStart: true })
  await restored.close()
  await store.close()
})

test('a backup that was restored to a younger database server is read once, and its changes are seen', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url, { paceMs: 0 })
  const { id } = await store.submit(submissionOf('1+2'))
  await server.query(url, "UPDATE longhand.task SET changed_in = '99999999999'")
  await server.query(url, "UPDATE longhand.expression SET changed_in = '99999999999'")
  await server.query(url, "UPDATE longhand.deletion_pruned SET deleted_in = '99999999999'")
  const first = (await store.changesOf(id, null, 10))!
  t.match(first, { isStart: true, isComplete: true, expression: { id }, operations: { indices: [0] } })
  const list = await store.listChanges(null, 10)
  t.match(list, { isStart: true, isComplete: true, expressions: [{ id }] })
  t.match(await store.changesOf(id, first.cursor, 10), { isStart: false, expression: null })
  t.match(await store.listChanges(list.cursor, 10), { isStart: false, expressions: [] })
  await store.cancel(id)
  t.match(await store.changesOf(id, first.cursor, 10), { isStart: false, expression: { status: 'cancelled' } })
  t.match(await store.listChanges(list.cursor, 10), { isStart: false, expressions: [{ status: 'cancelled' }] })
  await store.close()
})
