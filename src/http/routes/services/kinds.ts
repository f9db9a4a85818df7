import type { TaskKind } from '../../task-kind.js'
import { calculator } from './calculator.js'
import { ioTasks } from './io-tasks.js'
import { jobOrders } from './job-orders.js'

/** Every kind of task beside the expressions. A new one is added here and nowhere else. */
export const TASK_KINDS: readonly TaskKind[] = [calculator, jobOrders, ioTasks]
