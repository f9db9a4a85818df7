import { test } from 'tap'
import { reportBody, reportsBody, verdictsIn } from '../../../src/agent/protocol/report.js'
import { leasedTask } from '../tasks.js'

test('a report has all digits of its double', async t => {
  const doubles = [0.1 + 0.2, 1 / 3, 2 ** 53 - 1, 5e-324, Number.MAX_VALUE, 1e21, 123456789.12345679]
  for (const result of doubles) {
    const report = reportBody({ task: leasedTask(1), outcome: { result } })
    t.equal((JSON.parse(report) as { result: number }).result, result)
  }
})

test('many reports repeat ids and leases exactly, and the answer is read item by item', async t => {
  const error = { code: 'c', message: 'm', retryable: true }
  t.strictSame(JSON.parse(reportsBody([
    { task: leasedTask(1), outcome: { result: 42 } }, { task: leasedTask(2), outcome: { error } }
  ])), { results: [{ id: 1, lease: 'L1', result: 42 }, { id: 2, lease: 'L2', error }] })
  t.equal(reportBody({ task: leasedTask(1, 0, { lease: '7' }), outcome: { error } }),
    `{"id":1,"lease":7,"error":${JSON.stringify(error)}}`)
  t.equal(reportsBody([]), '{"results":[]}')

  const results = [{ accepted: true }, { accepted: false }, { accepted: false, code: 'c', detail: 'd' }]
  t.strictSame(verdictsIn({ results }, 4), [
    { taken: true }, { taken: true }, { taken: false, reason: 'c: d' }, { taken: true }
  ])
  t.strictSame(verdictsIn(null, 1), [{ taken: true }])
})
