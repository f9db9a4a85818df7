import fc from 'fast-check'
import { test } from 'tap'
import { agentOrderOf, lanesOf } from '../../../src/page/model/lanes.js'
import { attemptsOf } from '../../../src/page/model/record.js'
import { calculation, done, earlier, finishedCalculation, operation } from './history.js'

test('the attempts of an agent are in as many lanes as it has worked on at once', async t => {
  const lanes = lanesOf(calculation([
    operation(1, done('a', 0, 100)), operation(2, done('a', 50, 150)), operation(3, done('b', 60, 90)),
    operation(4, done('a', 100, 200))
  ]))
  t.same(lanes.map(({ agent, slot, attempts }) => [agent, slot, attempts.map(({ operation }) => operation)]), [
    ['a', 0, [1, 4]], ['a', 1, [2]], ['b', 0, [3]]
  ])
})

test('a lost attempt has a bar of its own', async t => {
  const lost = { ...done('b', 300, 400), attempt: 2, earlier_attempts: [earlier('a', 0, 200, 'expired')] }
  const lanes = lanesOf(calculation([operation(1, lost)]))
  t.match(lanes, [
    { agent: 'a', attempts: [{ outcome: 'expired' }] }, { agent: 'b', attempts: [{ outcome: 'completed' }] }
  ])
})

test('every attempt is in one lane of its agent, and none overlaps with another there', async t => {
  fc.assert(fc.property(finishedCalculation, record => {
    const lanes = lanesOf(record)
    const all = record.operations.flatMap(attemptsOf)
    t.equal(lanes.flatMap(({ attempts }) => attempts).length, all.length)
    for (const { agent, attempts } of lanes) {
      for (const [index, attempt] of attempts.entries()) {
        t.equal(attempt.agent, agent)
        if (index > 0) t.ok(attempts[index - 1]!.toMs! <= attempt.fromMs)
      }
    }
  }), { numRuns: 200 })
})

test('each agent has a place of its own, which others that come later leave to it', async t => {
  const first = operation(1, done('a', 0, 100))
  const others = [operation(2, done('a', 50, 150)), operation(3, done('c', 60, 90)), operation(4, done('b', 70, 90))]
  const lanes = lanesOf(calculation([first, ...others]))
  t.same([...agentOrderOf(lanes)], [['a', 0], ['c', 1], ['b', 2]])
  t.equal(agentOrderOf(lanesOf(calculation([first]))).get('a'), 0)
  t.equal(agentOrderOf(lanes), agentOrderOf(lanes), 'is not made with each frame')
})
