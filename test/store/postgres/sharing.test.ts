import { test } from 'tap'
import { type SharingOptions, createSharing } from '../../../src/store/postgres/sharing.js'

/** Transactions that end when the test says so; each verb is a number, and its answer is its double. */
function scene (options: Partial<SharingOptions<number, number>> = {}) {
  const sent: Array<readonly number[]> = []
  const ends: Array<(error?: Error) => void> = []
  const share = createSharing<number, number>({
    fit: waiting => waiting.length,
    together: async verbs => {
      sent.push(verbs)
      await new Promise<void>((resolve, reject) => ends.push(error => error === undefined ? resolve() : reject(error)))
      return verbs.map(verb => 2 * verb)
    },
    alone: async verb => -verb,
    isHopeless: error => (error as Error).message === 'away',
    ...options
  })
  return { share, sent, end: (error?: Error) => ends.shift()!(error) }
}

test('the first goes at once, and those that come meanwhile share the next transaction', async t => {
  const { share, sent, end } = scene()
  const answers = Promise.all([share(1), share(2), share(3)])
  t.same(sent, [[1]])
  end()
  await new Promise(setImmediate)
  t.same(sent, [[1], [2, 3]])
  end()
  t.same(await answers, [2, 4, 6])
})

test('no more go together than fit, in the order in which they came', async t => {
  const { share, sent, end } = scene({ fit: waiting => Math.min(2, waiting.length) })
  const answers = Promise.all([1, 2, 3, 4, 5, 6].map(share))
  for (let transactions = 1; transactions <= 4; transactions++) {
    t.equal(sent.length, transactions)
    end()
    await new Promise(setImmediate)
  }
  t.same(sent, [[1], [2, 3], [4, 5], [6]])
  t.same(await answers, [2, 4, 6, 8, 10, 12])
})

test('what cannot go together goes alone, one after the other, and a failure is only its own', async t => {
  const order: string[] = []
  const { share } = scene({
    together: async () => null,
    alone: async verb => {
      order.push(`begin ${verb}`)
      await new Promise(setImmediate)
      order.push(`end ${verb}`)
      if (verb === 2) throw new Error('no')
      return -verb
    }
  })
  const settled = await Promise.allSettled([1, 2, 3].map(share))
  t.match(settled, [{ value: -1 }, { reason: { message: 'no' } }, { value: -3 }])
  t.same(order, ['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3'])
})

test('a transaction that fails fails for all who share it, and the next is sent all the same', async t => {
  const { share, end } = scene()
  const settled = Promise.allSettled([1, 2, 3].map(share))
  end()
  await new Promise(setImmediate)
  end(new Error('lost'))
  t.match(await settled, [{ value: 2 }, { reason: { message: 'lost' } }, { reason: { message: 'lost' } }])
  const later = share(4)
  end()
  t.equal(await later, 8)
})

test('an error that will meet all is told to those who wait at once', async t => {
  const { share, sent, end } = scene()
  const settled = Promise.allSettled([1, 2, 3].map(share))
  end(new Error('away'))
  t.match(await settled, [1, 2, 3].map(() => ({ reason: { message: 'away' } })))
  t.same(sent, [[1]])
  const later = share(4)
  end()
  t.equal(await later, 8)
})

test('an answer that has to wait for a later transaction holds nobody up', async t => {
  let share: (verb: number) => Promise<number> = async () => 0
  const scened = scene({ together: async verbs => verbs.map(verb => verb === 1 ? share(10) : verb) })
  share = scened.share
  t.same(await Promise.all([share(1), share(2)]), [10, 2])
})
