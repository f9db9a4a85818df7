import { test } from 'tap'
import { readCursor, writeCursor } from '../../../src/core/queue/cursor.js'

test('a cursor is read as it was written', async t => {
  for (const cursor of [
    { life: 'store~process.1', revision: 0, next: null }, { life: 'a', revision: 999_999_999_999, next: 17 }
  ]) t.same(readCursor(writeCursor(cursor)), cursor)
})

test('any other text is no cursor', async t => {
  for (const text of [
    null, '', ':', 'a', 'a:', ':1', 'a:-1', 'a:1.5', 'a:1:', 'a:1:2:3', 'a b:1', 'a:1\n', 'a:1e3',
    `a:${'9'.repeat(16)}`, `${'a'.repeat(65)}:1`, 'a:١', 'a:1\u0000'
  ]) t.equal(readCursor(text), null, JSON.stringify(text))
})
