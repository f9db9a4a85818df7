import { test } from 'tap'
import { createFaults } from '../../../src/store/postgres/faults.js'
import { createManualClock } from '../../manual-clock.js'

test('a fault that goes on is told once in a while, and another kind at once', t => {
  const clock = createManualClock()
  const told: unknown[] = []
  const fault = createFaults(clock, error => { told.push(error) })
  const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  for (let time = 0; time < 8; time++) {
    fault(refused())
    clock.advance(1_000)
  }
  t.match(told, [{ code: 'ECONNREFUSED' }])
  fault(new Error('of another kind'))
  fault('of no kind')
  clock.advance(2_000)
  fault(refused())
  t.match(told, [{ code: 'ECONNREFUSED' }, { message: 'of another kind' }, 'of no kind', { code: 'ECONNREFUSED' }])
  t.end()
})
