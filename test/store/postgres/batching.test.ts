import { test } from 'tap'
import { domainError } from '../../../src/core/errors.js'
import type { Reach } from '../../../src/store/postgres/database-errors.js'
import { type SharingOptions, createSharing } from '../../../src/store/postgres/batching.js'

const slow = domainError('storage_unavailable')
const REACH = new Map<string, Reach>([['away', 'all'], ['refused', 'each'], [slow.message, 'each']])

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
    reach: error => REACH.get((error as Error).message) ?? 'sharing',
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

test('a transaction that fails for an unknown reason fails for all, and the next is sent all the same', async t => {
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

test('when one of them is refused, each goes alone, and a failure is only its own', async t => {
  const alone: number[] = []
  const { share, sent, end } = scene({
    alone: async verb => {
      alone.push(verb)
      if (verb === 3) throw new Error('refused')
      return -verb
    }
  })
  const settled = Promise.allSettled([1, 2, 3, 4].map(share))
  end()
  await new Promise(setImmediate)
  end(new Error('refused'))
  t.match(await settled, [{ value: 2 }, { value: -2 }, { reason: { message: 'refused' } }, { value: -4 }])
  t.same(sent, [[1], [2, 3, 4]])
  t.same(alone, [2, 3, 4])
})

test('one that shares with no other and is refused is not sent again', async t => {
  const { share, sent, end } = scene({ alone: () => Promise.reject(new Error('it was sent again')) })
  const refused = t.rejects(share(1), { message: 'refused' })
  const waiting = share(2)
  end(new Error('refused'))
  await refused
  end()
  t.equal(await waiting, 4, 'and those that wait are not told')
  t.same(sent, [[1], [2]])
})

test('what would meet the others as well ends their trying one by one', async t => {
  for (const [errors, tried] of [[['away'], 1], [['slow', 'refused', 'slow'], 3]] as const) {
    const alone: number[] = []
    const { share, end } = scene({
      alone: async verb => {
        const error = errors[alone.push(verb) - 1]
        throw error === 'slow' ? slow : new Error(error)
      }
    })
    const first = share(1)
    const settled = Promise.allSettled([2, 3, 4, 5, 6].map(share))
    end()
    await first
    await new Promise(setImmediate)
    end(new Error('refused'))
    t.ok((await settled).every(({ status }) => status === 'rejected'))
    t.equal(alone.length, tried)
  }
})

test('an answer that has to wait for a later transaction holds nobody up', async t => {
  let share: (verb: number) => Promise<number> = async () => 0
  const scened = scene({ together: async verbs => verbs.map(verb => verb === 1 ? share(10) : verb) })
  share = scened.share
  t.same(await Promise.all([share(1), share(2)]), [10, 2])
})
