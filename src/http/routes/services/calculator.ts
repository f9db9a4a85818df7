import { Type } from '@sinclair/typebox'
import type { Expression } from '../../../core/expression.js'
import { located } from '../../../core/queue/failure.js'
import { Id, withDescription } from '../../schemas/common.js'
import { CalculateBody } from '../../schemas/expression.js'
import { taskKind } from '../../task-kind.js'

const Result = Type.Object({
  result: Type.Optional(Type.Number({ description: 'Present once it is known', examples: [110] })),
  msg: Type.Optional(Type.String({
    description: 'Why there is no result', examples: ['Division by zero: 1 / 0 (at position 1)']
  }))
}, { title: 'CalculationResult', examples: [{ result: 110 }] })

/** The calculator service: an expression with variables in, a result or a message out. */
export const calculator = taskKind({
  kind: 'calculation',
  noun: 'expression',
  service: 'calculator',
  create: {
    path: '/api/expression',
    input: CalculateBody,
    // No variables, null and {} mean the same.
    canonical: ({ expression, variables }) =>
      Object.keys(variables ?? {}).length === 0 ? { expression } : { expression, variables: variables! },
    status: 200,
    receipt: withDescription('The expression is stored', Type.Object({ expression_id: Id() }, {
      title: 'CalculationReceipt'
    })),
    receiptOf: ({ id }) => ({ expression_id: id })
  },
  read: { path: '/api/result/:id', record: Result, recordOf: resultOf },
  work: ({ expression: source, variables }) => ({ source, variables: variables ?? {} }),
  errors: { member: 'msg', badInput: 400 }
})

function resultOf ({ status, result, error }: Expression): { result: number } | { msg: string } {
  switch (status) {
    case 'completed':
      return { result: result! }
    case 'failed':
      return { msg: located(error!.message, error!.position) }
    case 'cancelled':
      return { msg: 'The calculation was cancelled' }
    case 'pending':
    case 'in_progress':
      return { msg: 'The calculation is not finished yet' }
  }
}
