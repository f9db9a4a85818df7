import { test } from 'tap'
import { limitFaults } from '../../../src/store/postgres/faults.js'
import { createManualClock } from '../../manual-clock.js'

test('a fault that goes on is reported once in a while, and another kind at once', t => {
  const clock = createManualClock()
  const reported: unknown[] = []
  const fault = limitFaults(clock, error => { reported.push(error) })
  const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  for (let time = 0; time < 8; time++) {
    fault(refused())
    clock.advance(1_000)
  }
  t.match(reported, [{ code: 'ECONNREFUSED' }])
  fault(new Error('of another kind'))
  fault('of no kind')
  clock.advance(2_000)
  fault(refused())
  t.match(reported, [{ code: 'ECONNREFUSED' }, { message: 'of another kind' }, 'of no kind', { code: 'ECONNREFUSED' }])
  t.end()
})
