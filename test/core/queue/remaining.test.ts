import { test } from 'tap'
import { type Calculation, peekTasks } from '../../../src/core/queue/calculation.js'
import { completeTask, failCalculation, startCalculation } from '../../../src/core/queue/calculation-changes.js'
import { describe } from '../../../src/core/queue/describe.js'
import { failure } from '../../../src/core/errors.js'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { planExpression } from '../../../src/core/plan/planner.js'
import { remainingMs } from '../../../src/core/queue/remaining.js'

const times = new Map([['+', 10], ['-', 1], ['*', 100]])

function start (source: string): Calculation {
  const plan = planExpression(source, { times, limits: DEFAULT_LIMITS })
  return startCalculation({
    id: 1, kind: 'expression', source, firstTask: 1, createdAt: 0, idempotency: null, plan
  })
}

/** By looking at every operation. */
function longest ({ plan, tasks }: Calculation): number {
  const left = [...plan.operations].filter((_, index) => tasks[index]?.state !== 'completed')
  return Math.max(0, ...left.map(({ pathMs }) => pathMs))
}

test('what remains is the longest path through what is not done', async t => {
  const calculation = start('(1*2+3)+(4-5)')
  t.equal(remainingMs(calculation), 120)
  completeTask(calculation, 2, -1, 5)
  t.equal(remainingMs(calculation), 120, 'a short path more or less makes no difference')
  completeTask(calculation, 0, 2, 6)
  t.equal(remainingMs(calculation), 20)
  completeTask(calculation, 1, 5, 7)
  t.equal(remainingMs(calculation), 10)
  completeTask(calculation, 3, 4, 8)
  t.equal(remainingMs(calculation), 0)
  t.equal(describe(calculation).remainingMs, 0)
})

test('nothing remains of what is over, however it ended', async t => {
  const failed = start('1+2*3')
  failCalculation(failed, failure('division_by_zero'), 5)
  t.equal(remainingMs(failed), 0)
  t.equal(remainingMs(start('42')), 0)
})

test('a large calculation says the same, asked often or seldom', async t => {
  const sources = [
    '1' + '+1*2-3'.repeat(500),
    '1-('.repeat(600) + '2' + ')'.repeat(600),
    `(${'(1*2)+'.repeat(400)}0)*(${'(1-2)-'.repeat(400)}0)`
  ]
  for (const source of sources) {
    for (const every of [1, 7, 10_000]) {
      const calculation = start(source)
      const ready = [...peekTasks(calculation)].flatMap(({ state }, index) => state === 'ready' ? index : [])
      let done = 0
      // The newest first, so that the order of the paths is not the order of the work.
      for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
        ready.push(...completeTask(calculation, index, 1, ++done))
        if (done % every === 0) t.equal(remainingMs(calculation), longest(calculation))
      }
      t.equal(remainingMs(calculation), 0)
    }
  }
})
