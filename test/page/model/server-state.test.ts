import { test } from 'tap'
import { nextState } from '../../../src/page/model/server-state.js'

const METRICS = { status: 200, body: 'longhand_store_up 1\nlonghand_operations_open 7\n' }

function ready (status: string) {
  return { status: status === 'ok' ? 200 : 503, body: JSON.stringify({ status }) }
}

test('the server says whether it accepts work', async t => {
  for (const [status, readiness] of [
    ['ok', 'accepting'], ['draining', 'draining'], ['storage_unavailable', 'store_unavailable'], ['new', 'unknown']
  ] as const) {
    t.equal(nextState(null, METRICS, ready(status)).readiness, readiness, status)
  }
})

test('what does not come from the server says nothing of it', async t => {
  for (const body of ['<h1>Bad gateway</h1>', 'null', '[]', '"ok"', '{"status":7}', '']) {
    t.equal(nextState(null, METRICS, { status: 502, body }).readiness, 'unknown', body)
  }
  const before = nextState(null, METRICS, ready('ok'))
  t.equal(nextState(before, METRICS, null).readiness, 'unknown', 'nor does an old answer')
})

test('an error of the metrics is told from no answer, and keeps the last figures', async t => {
  const before = nextState(null, METRICS, ready('ok'))
  t.match(before, { figures: { openOperations: 7 }, failure: null })
  const refused = nextState(before, { status: 403, body: '{"detail":"Not from there","title":"Refused"}' }, ready('ok'))
  t.match(refused, {
    figures: before.figures,
    readiness: 'accepting',
    failure: { kind: 'refused', status: 403, message: 'Not from there' }
  })
  const unanswered = nextState(refused, null, null)
  t.match(unanswered, { figures: before.figures, failure: { kind: 'unanswered' } })
  t.equal(nextState(unanswered, METRICS, ready('ok')).failure, null)
  t.equal(nextState(null, null, null).figures, null)
})

test('the message of an error is that of a problem or a short text, and never a document', async t => {
  const messageOf = (body: string) => {
    const { failure } = nextState(null, { status: 503, body }, null)
    return failure?.kind === 'refused' ? failure.message : undefined
  }
  t.equal(messageOf('{"title":"Draining"}'), 'Draining')
  t.equal(messageOf('{"detail":7}'), '')
  t.equal(messageOf(' no upstream\n'), 'no upstream')
  t.equal(messageOf('\n<!doctype html><title>503</title>'), '')
  t.equal(messageOf('x'.repeat(1_000))?.length, 200)
})
