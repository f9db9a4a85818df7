import { type Calculation, operandValue, peekTasks } from './calculation.js'
import { describe } from './describe.js'
import type { Operations, TaskRange } from '../store.js'

/** The plan and the tasks, or those in the range, as clients see them. Costs what the range costs. */
export function describeOperations (
  calculation: Calculation, { after = 0, limit = Infinity }: TaskRange = {}
): Operations {
  const { firstTask, plan } = calculation
  const start = Math.min(Math.max(0, after + 1 - firstTask), calculation.tasks.length)
  const end = Math.min(start + limit, calculation.tasks.length)
  const tasks = [...peekTasks(calculation, start, end)].map(task => ({ ...task }))
  const operations = plan.operations.slice(start, end)
  const operands = operations.map(({ left, right }) => {
    return [operandValue(calculation, left) ?? null, operandValue(calculation, right) ?? null] as const
  })
  return { expression: describe(calculation), firstTask, start, operations, tasks, operands }
}
