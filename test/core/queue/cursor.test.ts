import { test } from 'tap'
import { readCursor, writeCursor } from '../../../src/core/queue/cursor.js'

test('a cursor is read as it was written', async t => {
  for (const cursor of [
    { life: 'store~process.1', of: 'list', revision: 0, next: null },
    { life: 'a', of: 7, revision: 999_999_999_999, next: 17 }
  ] as const) t.same(readCursor(writeCursor(cursor)), cursor)
})

test('any other text is no cursor', async t => {
  for (const text of [
    null, '', ':', 'a', 'a:', 'a:1', ':1:1', 'a:1:', 'a:1:-1', 'a:-1:1', 'a:1:1.5', 'a:1:1:', 'a:1:1:2:3', 'a b:1:1',
    'a:1:1\n', 'a:1:1e3', 'a:lists:1', 'a:LIST:1', 'a::1', `a:1:${'9'.repeat(16)}`, `${'a'.repeat(65)}:1:1`, 'a:1:١',
    'a:1:1\u0000'
  ]) t.equal(readCursor(text), null, JSON.stringify(text))
})
