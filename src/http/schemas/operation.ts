import { type Static, Type } from '@sinclair/typebox'
import type { TimedOperation } from '../../core/orchestrator/orchestrator.js'
import { withDescription } from './common.js'

const Operation = Type.Object({
  symbol: Type.String({ examples: ['*'] }),
  name: Type.String({ examples: ['multiplication'] }),
  arity: Type.Integer({ description: 'Number of operands', examples: [2] }),
  time_ms: Type.Number({ description: 'Operation time in expressions submitted from now on', examples: [2000] })
}, { title: 'Operation' })

export const OperationsAnswer = withDescription('The operations, in a fixed order', Type.Object({
  operations: Type.Array(Operation),
  optimized: Type.Boolean({ description: 'Whether plans are shortened (OPTIMIZE)', examples: [true] })
}, { title: 'OperationList' }))

export function operationView ({ symbol, name, arity, timeMs }: TimedOperation): Static<typeof Operation> {
  return { symbol, name, arity, time_ms: timeMs }
}
