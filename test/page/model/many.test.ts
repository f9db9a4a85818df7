import { test } from 'tap'
import { lanesOf } from '../../../src/page/model/lanes.js'
import { progressOf, someOperations } from '../../../src/page/model/many.js'
import { START_MS, at, calculation, done, earlier, operation } from './history.js'

test('of a large plan, the attempts say how many operations are running and completed', async t => {
  const lost = { attempt: 2, earlier_attempts: [earlier('b', 0, 150, 'expired')] }
  const operations = [
    operation(1, done('a', 0, 100)), operation(2, { ...done('a', 200, 300), ...lost }), operation(3)
  ]
  const open = calculation(operations)
  const progress = (ms: number) => progressOf(open, lanesOf(open), START_MS + ms)
  t.same(progress(50), { running: 2, completed: 0 })
  t.same(progress(175), { running: 0, completed: 1 })
  t.same(progress(250), { running: 1, completed: 1 })
  t.same(progress(300), { running: 0, completed: 2 })
  const over = calculation([operation(1, { state: 'completed' })], { status: 'completed', finished_at: at(300) })
  t.same(progressOf(over, [], START_MS + 300), { running: 0, completed: 1 }, 'also where no start is known')
})

test('of many operations, those that agents work on come first while the expression goes on', async t => {
  const operations = [
    operation(1, { state: 'completed' }), operation(2, { state: 'waiting' }), operation(3), operation(4),
    operation(5, { state: 'leased' }), operation(6, { state: 'overdue' })
  ]
  const ids = (most: number, changes = {}) => someOperations(calculation(operations, changes), most).map(({ id }) => id)
  t.same(ids(5), [5, 6, 3, 4, 1])
  t.same(ids(1), [5])
  t.same(ids(6), [1, 2, 3, 4, 5, 6], 'all that there are, by id')
  t.same(ids(4, { status: 'completed', finished_at: at(9) }), [1, 2, 3, 4])
})
