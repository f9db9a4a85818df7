import fc from 'fast-check'
import { test } from 'tap'
import { momentOf } from '../../../src/page/model/moment.js'
import { lanesOf } from '../../../src/page/model/lanes.js'
import { START_MS, at, calculation, done, earlier, finishedCalculation, operation, taking, toldAt } from './history.js'

function phases (...args: Parameters<typeof calculation>): (ms: number) => string[] {
  const drawn = calculation(...args)
  return ms => drawn.operations.map(each => momentOf(drawn, each, START_MS + ms).phase)
}

test('an operation waits for its operands, is ready, runs, and is completed', async t => {
  const at = phases([operation(1, done('a', 100, 200)), taking(2, [1, null], done('a', 250, 300))])
  t.same(at(0), ['ready', 'waiting'])
  t.same(at(100), ['running', 'waiting'])
  t.same(at(200), ['completed', 'ready'])
  t.same(at(250), ['completed', 'running'])
  t.same(at(300), ['completed', 'completed'])
})

test('after a lost attempt an operation is to be claimed again', async t => {
  for (const outcome of ['expired', 'failed'] as const) {
    const lost = { ...done('b', 300, 400), attempt: 2, earlier_attempts: [earlier('a', 0, 200, outcome)] }
    const drawn = calculation([operation(1, lost)])
    const moment = (ms: number) => momentOf(drawn, drawn.operations[0]!, START_MS + ms)
    t.match(moment(100), { phase: 'running', lost: 0, attempt: { agent: 'a' } })
    t.match(moment(250), { phase: 'expired', lost: 1, attempt: { agent: 'a' } })
    t.match(moment(350), { phase: 'running', lost: 1, attempt: { agent: 'b', number: 2 } })
    t.match(moment(400), { phase: 'completed', lost: 1, value: 3 })
  }
})

test('a task that was given back is not a lost attempt', async t => {
  const back = { ...done('b', 300, 400), earlier_attempts: [earlier('a', 0, 200, 'released')] }
  t.same(phases([operation(1, back)])(250), ['ready'])
})

test('at the end of an expression without a result, an operation is dropped, or has failed', async t => {
  const operations = [operation(1, { state: 'failed' }), taking(2, [1, null], { state: 'dropped' })]
  const at300 = phases(operations, { status: 'failed', finished_at: at(300) })
  t.same(at300(299), ['ready', 'waiting'])
  t.same(at300(300), ['failed', 'dropped'])
})

test('the progress of a running operation is its share of the time that it takes, at most all of it', async t => {
  const drawn = calculation([operation(1, { ...done('a', 100, 900), time_ms: 400 })])
  const progress = (ms: number) => momentOf(drawn, drawn.operations[0]!, START_MS + ms).progress
  t.equal(progress(99), 0)
  t.equal(progress(200), 0.25)
  t.equal(progress(700), 1)
})

test('a replay of the record draws what the live view drew', async t => {
  fc.assert(fc.property(finishedCalculation, fc.nat(1_000), (record, ms) => {
    const live = toldAt(record, ms)
    const drawn = record.operations.map(each => momentOf(record, each, START_MS + ms))
    const seen = live.operations.map(each => momentOf(live, each, START_MS + ms))
    const untimed = ({ attempt, ...moment }: typeof drawn[number]) => ({
      ...moment,
      attempt: attempt === null ? null : [attempt.operation, attempt.number, attempt.agent, attempt.fromMs]
    })
    t.strictSame(seen.map(untimed), drawn.map(untimed))
    const begun = (lanes: ReturnType<typeof lanesOf>) => lanes.map(({ agent, slot, attempts }) => ({
      agent,
      slot,
      attempts: attempts.filter(({ fromMs }) => fromMs <= START_MS + ms).map(({ operation }) => operation)
    })).filter(({ attempts }) => attempts.length > 0)
    t.strictSame(begun(lanesOf(live)), begun(lanesOf(record)), 'in the same lanes')
  }), { numRuns: 300 })
})
