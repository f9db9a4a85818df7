import { test } from 'tap'
import { SUPPORTED_OPERATIONS, compute } from '../../src/agent/compute.js'
import { OPERATIONS } from '../../src/core/operations.js'
import { operandFailureOf } from '../../src/core/queue/failure.js'
import { plainTask } from './tasks.js'

function outcome (left: number | null, operation: string, right: number | null) {
  return compute(plainTask({ operation, left, right }))
}

test('the four operations', async t => {
  t.strictSame(outcome(0.1, '+', 0.2), { result: 0.1 + 0.2 })
  t.strictSame(outcome(8, '-', 3), { result: 5 })
  t.strictSame(outcome(6, '*', 7), { result: 42 })
  t.strictSame(outcome(1, '/', 3), { result: 1 / 3 })
  for (const symbol of ['+', '-', '*', '/']) t.ok(SUPPORTED_OPERATIONS.includes(symbol), symbol)
})

test('minus zero is zero', async t => {
  const negative = outcome(0, '*', -5)
  t.ok('result' in negative && Object.is(negative.result, 0))
})

test('division by zero is an error that is not retryable, 0/0 too', async t => {
  for (const left of [1, 0, -1]) {
    t.match(outcome(left, '/', 0), { error: { code: 'division_by_zero', retryable: false } })
    t.match(outcome(left, '/', -0), { error: { code: 'division_by_zero', retryable: false } })
  }
})

test('all other operations of the language', async t => {
  t.strictSame(outcome(-7, '%', 3), { result: 2 })
  t.strictSame(outcome(2, '^', -1), { result: 0.5 })
  t.strictSame(outcome(9, 'sqrt', 0), { result: 3 })
  t.strictSame(outcome(9, 'sqrt', null), { result: 3 }, 'without the second operand')
  t.strictSame(outcome(30, 'sind', 0), { result: 0.5 })
  t.strictSame(outcome(3, 'max', 4), { result: 4 })
  t.match(outcome(3, 'max', null), { error: { code: 'operand_invalid' } })
  t.strictSame(outcome(300, 'task', 0), { result: 300 }, 'before its time was measured')
  t.same(SUPPORTED_OPERATIONS, [...OPERATIONS.keys()])
})

test('an operation without a value says for which operands, and is not retryable', async t => {
  t.strictSame(outcome(-1, 'sqrt', 0), {
    error: {
      code: 'domain_error',
      message: 'sqrt(-1) is undefined: the argument must be at least 0',
      retryable: false
    }
  })
  t.match(outcome(5, '%', 0), { error: { code: 'division_by_zero', message: 'Division by zero: 5 % 0' } })
  t.match(outcome(0, '^', -1), { error: { code: 'division_by_zero' } })
  t.match(outcome(171, 'fac', 0), {
    error: { code: 'result_out_of_range', message: 'The result of fac(171) is too large for a double' }
  })
})

test('the error messages of agents and orchestrator are the same', async t => {
  for (const [symbol, left, right] of [['sqrt', -1, 0], ['/', 1, 0], ['^', 10, 400], ['log', 2, 1]] as const) {
    const { code, message } = operandFailureOf(symbol, left, right)!
    t.strictSame(outcome(left, symbol, right), { error: { code, message, retryable: false } })
  }
})

test('a result beyond the doubles is an error', async t => {
  t.match(outcome(1e308, '*', 10), { error: { code: 'result_out_of_range', retryable: false } })
  t.match(outcome(1e308, '+', 1e308), { error: { code: 'result_out_of_range', retryable: false } })
  t.match(outcome(-1e308, '-', 1e308), { error: { code: 'result_out_of_range', retryable: false } })
  t.match(outcome(1, '/', 5e-324), { error: { code: 'result_out_of_range', retryable: false } })
  // Below the bound that is certain beforehand: only the computation shows it.
  t.match(outcome(Number.MAX_VALUE, '*', 1.0000000000000002), { error: { code: 'result_out_of_range' } })
})

test('an operation that this agent does not support is retryable', async t => {
  for (const symbol of ['', 'sinh', 'toString', '^^']) {
    t.match(outcome(1, symbol, 2), { error: { code: 'operation_unknown', retryable: true } }, symbol)
  }
})

test('a missing operand is not read as 0', async t => {
  t.match(outcome(null, '-', 1), { error: { code: 'operand_invalid', retryable: true } })
  t.match(outcome(1, '-', null), { error: { code: 'operand_invalid', retryable: true } })
})
