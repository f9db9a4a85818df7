import { test } from 'tap'
import { createBudget } from '../../../src/http/connection/budget.js'

test('holders share the budget; others wait in the order in which they came', async t => {
  const budget = createBudget<string>(10)
  const admitted: string[] = []
  const acquire = (holder: string, bytes: number) => budget.acquire(holder, bytes, () => admitted.push(holder))
  t.ok(acquire('first', 6))
  t.notOk(acquire('second', 6))
  t.notOk(acquire('third', 1), 'a small one does not overtake')
  t.equal(budget.shortage, 3)
  t.ok(acquire('first', 8), 'a holder changes its size at once')
  budget.release('first')
  t.same(admitted, ['second', 'third'])
  t.same([...budget.held], [['second', 6], ['third', 1]])
  t.equal(budget.shortage, 0)
})

test('one holder is admitted whatever its size, and a holder that stops waiting is not admitted', async t => {
  const budget = createBudget<string>(10)
  t.ok(budget.acquire('large', 100, t.fail))
  t.notOk(budget.acquire('gone', 1, t.fail))
  budget.release('gone')
  budget.release('large')
  t.equal(budget.held.size, 0)
})
