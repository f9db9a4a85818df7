import type { Logger } from 'pino'
import type { Events } from './core/orchestrator/events.js'
import type { RateLimit } from './core/orchestrator/rate-limit.js'

/**
 * Lines of one kind that are written in a second; more are counted. Occasional events are logged with their ids, and a
 * client that causes thousands a second does not fill the disk.
 */
const MOST_PER_SECOND = 10

/** Logs events of expressions, tasks and agents: at `info` those that an operator looks for, at `debug` each step. */
export function createEventLog (logger: Logger, throttle: RateLimit): Events {
  if (!logger.isLevelEnabled('info')) return {}

  function info (message: string, fields: Readonly<Record<string, unknown>>): void {
    throttle.log(message, more => logger.info({ ...fields, ...more > 0 && { more } }, message), MOST_PER_SECOND)
  }

  const events: Events = {
    failed: (expression, { code, message, position, operation, agents }) =>
      info('Expression failed', { expression, code, reason: message, position, operation, agents }),
    leaseExpired: ({ task, expression, agent, attempt, isReadyAgain }) =>
      info(isReadyAgain ? 'Lease lost; the task is ready again' : 'Last lease lost; waiting for a late result',
        { task, expression, agent, attempt }),
    claimedAgain: ({ id: task, expression, attempt }, agent) =>
      info('Task claimed again', { task, expression, agent, attempt }),
    agentConnected: ({ agent, instance, address }) => info('Agent connected', { agent, instance, address }),
    agentGone: ({ agent, address }, why) =>
      info(why === 'left' ? 'Agent left' : 'Agent silent', { agent, address })
  }
  if (!logger.isLevelEnabled('debug')) return events
  return {
    ...events,
    submitted: ({ id: expression, kind, status, operations: { total } }) =>
      logger.debug({ expression, kind, status, operations: total }, 'Expression submitted'),
    claimed: (tasks, agent) => {
      for (const { id: task, expression, symbol: operation, attempt, leaseMs } of tasks) {
        logger.debug({ task, expression, operation, agent, attempt, leaseMs }, 'Task claimed')
      }
    },
    reported: (reports, outcomes, agent) => {
      reports.forEach((report, index) => {
        const reported = 'error' in report ? { error: report.error } : { result: report.result }
        logger.debug({ task: report.task, agent, outcome: outcomes[index], ...reported }, 'Task reported')
      })
    },
    finished: (expression, status) => logger.debug({ expression, status }, `Expression ${status}`)
  }
}
