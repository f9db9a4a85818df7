import pg from 'pg'
import { test } from 'tap'
import { type BatcherOptions, createBatcher } from '../../../src/store/postgres/batching.js'
import { toStoreError } from '../../../src/store/postgres/database-errors.js'

/** The connection is lost; the database refuses a text; a statement takes too long. */
const away = toStoreError(new Error('ECONNRESET'))
const refused = toStoreError(Object.assign(new pg.DatabaseError('text', 0, 'error'), { code: '22P05' }))
const slow = toStoreError(Object.assign(new pg.DatabaseError('slow', 0, 'error'), { code: '57014' }))

/** Transactions that end when the test ends them; each item is a number, and its outcome is its double. */
function scene (options: Partial<BatcherOptions<number, number>> = {}) {
  const sent: Array<readonly number[]> = []
  const ends: Array<(error?: unknown) => void> = []
  const take = createBatcher<number, number>({
    sizeOf: waiting => waiting.length,
    runBatch: async items => {
      sent.push(items)
      await new Promise<void>((resolve, reject) => ends.push(error => error === undefined ? resolve() : reject(error)))
      return items.map(item => 2 * item)
    },
    runOne: async item => -item,
    ...options
  })
  return { take, sent, end: (error?: unknown) => ends.shift()!(error) }
}

test('the first item goes at once, and items that arrive meanwhile share the next transaction', async t => {
  const { take, sent, end } = scene()
  const answers = Promise.all([take(1), take(2), take(3)])
  t.same(sent, [[1]])
  end()
  await new Promise(setImmediate)
  t.same(sent, [[1], [2, 3]])
  end()
  t.same(await answers, [2, 4, 6])
})

test('a batch has as many items as fit, in the order of their arrival', async t => {
  const { take, sent, end } = scene({ sizeOf: waiting => Math.min(2, waiting.length) })
  const answers = Promise.all([1, 2, 3, 4, 5, 6].map(take))
  for (let transactions = 1; transactions <= 4; transactions++) {
    t.equal(sent.length, transactions)
    end()
    await new Promise(setImmediate)
  }
  t.same(sent, [[1], [2, 3], [4, 5], [6]])
  t.same(await answers, [2, 4, 6, 8, 10, 12])
})

test('items that cannot share a transaction go alone, one after the other, and each fails by itself', async t => {
  const order: string[] = []
  const { take } = scene({
    runBatch: async () => null,
    runOne: async item => {
      order.push(`begin ${item}`)
      await new Promise(setImmediate)
      order.push(`end ${item}`)
      if (item === 2) throw new Error('no')
      return -item
    }
  })
  const settled = await Promise.allSettled([1, 2, 3].map(take))
  t.match(settled, [{ value: -1 }, { reason: { message: 'no' } }, { value: -3 }])
  t.same(order, ['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3'])
})

test('a transaction that fails for an unknown reason fails for all its items, and the next one is sent', async t => {
  const { take, end } = scene()
  const settled = Promise.allSettled([1, 2, 3].map(take))
  end()
  await new Promise(setImmediate)
  end(new Error('lost'))
  t.match(await settled, [{ value: 2 }, { reason: { message: 'lost' } }, { reason: { message: 'lost' } }])
  const later = take(4)
  end()
  t.equal(await later, 8)
})

test('an error that will meet all fails the waiting items at once', async t => {
  const { take, sent, end } = scene()
  const settled = Promise.allSettled([1, 2, 3].map(take))
  end(away)
  t.match(await settled, [1, 2, 3].map(() => ({ reason: { code: 'storage_unavailable' } })))
  t.same(sent, [[1]])
  const later = take(4)
  end()
  t.equal(await later, 8)
})

test('when the database refuses one item, each goes alone and fails by itself', async t => {
  const alone: number[] = []
  const { take, sent, end } = scene({
    runOne: async item => {
      alone.push(item)
      if (item === 3) throw refused
      return -item
    }
  })
  const settled = Promise.allSettled([1, 2, 3, 4].map(take))
  end()
  await new Promise(setImmediate)
  end(refused)
  t.match(await settled, [{ value: 2 }, { value: -2 }, { reason: { code: 'body_invalid' } }, { value: -4 }])
  t.same(sent, [[1], [2, 3, 4]])
  t.same(alone, [2, 3, 4])
})

test('an item that is refused alone is not sent again', async t => {
  const { take, sent, end } = scene({ runOne: () => Promise.reject(new Error('it was sent again')) })
  const first = t.rejects(take(1), { code: 'body_invalid' })
  const waiting = take(2)
  end(refused)
  await first
  end()
  t.equal(await waiting, 4, 'and the waiting items are not concerned')
  t.same(sent, [[1], [2]])
})

test('an error that will meet the others as well ends the tries one by one', async t => {
  for (const [errors, tried] of [[[away], 1], [[slow, refused, slow], 3]] as const) {
    const alone: number[] = []
    const { take, end } = scene({
      runOne: async item => {
        throw errors[alone.push(item) - 1]
      }
    })
    const first = take(1)
    const settled = Promise.allSettled([2, 3, 4, 5, 6].map(take))
    end()
    await first
    await new Promise(setImmediate)
    end(refused)
    t.ok((await settled).every(({ status }) => status === 'rejected'))
    t.equal(alone.length, tried)
  }
})

test('an outcome that waits for a later transaction delays no other', async t => {
  let take: (item: number) => Promise<number> = async () => 0
  const scened = scene({ runBatch: async items => items.map(item => item === 1 ? take(10) : item) })
  take = scened.take
  t.same(await Promise.all([take(1), take(2)]), [10, 2])
})
