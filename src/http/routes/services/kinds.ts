import type { TaskKind } from '../../task-kind.js'
import { calculator } from './calculator.js'
import { ioTasks } from './io-tasks.js'
import { jobOrders } from './job-orders.js'

/** Every kind of task beside the expressions themselves. A new one needs its line here and nothing else. */
export const TASK_KINDS: readonly TaskKind[] = [calculator, jobOrders, ioTasks]
