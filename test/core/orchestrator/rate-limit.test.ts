import { test } from 'tap'
import { createRateLimit } from '../../../src/core/orchestrator/rate-limit.js'
import { createManualClock } from '../../manual-clock.js'

function scene () {
  const clock = createManualClock()
  const throttle = createRateLimit(clock)
  const lines: string[] = []
  const say = (kind: string, text: string, most?: number): void =>
    throttle.log(kind, more => { lines.push(more > 0 ? `${text} +${more}` : text) }, most)
  return { clock, throttle, say, lines: () => lines.splice(0) }
}

test('one that is alone is written at once, and costs nothing later', async t => {
  const { clock, say, lines } = scene()
  say('a', 'one')
  t.same(lines(), ['one'])
  clock.advance(1_000)
  t.same(lines(), [])
  t.equal(clock.timers, 0)
  say('a', 'two')
  t.same(lines(), ['two'])
})

test('of a thousand a second, one line a second stands for all', async t => {
  const { clock, say, lines } = scene()
  for (let second = 0; second < 3; second++) {
    for (let count = 1; count <= 1_000; count++) {
      say('a', `${second}.${count}`)
      clock.advance(1)
    }
  }
  t.same(lines(), ['0.1', '0.1000 +998', '1.1000 +999', '2.1000 +999'])
  clock.advance(2_000)
  t.same(lines(), [], 'nothing is told twice')
  t.equal(clock.timers, 0)
})

test('kinds do not count for one another, and a few may be written at once', async t => {
  const { clock, say, lines } = scene()
  for (const kind of ['a', 'b']) for (let count = 1; count <= 4; count++) say(kind, `${kind}${count}`, 2)
  t.same(lines(), ['a1', 'a2', 'b1', 'b2'])
  clock.advance(1_000)
  t.same(lines(), ['a4 +1', 'b4 +1'])
})

test('what was counted is told before the end', async t => {
  const { clock, throttle, say, lines } = scene()
  for (const text of ['one', 'two', 'three']) say('a', text)
  say('b', 'alone')
  throttle.flush()
  t.same(lines(), ['one', 'alone', 'three +1'])
  t.equal(clock.timers, 0)
})
