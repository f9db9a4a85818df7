import type { Logger } from 'pino'
import type { Events } from './core/orchestrator/events.js'
import type { RateLimit } from './core/orchestrator/rate-limit.js'

/**
 * Lines of one kind that are written at once in a second: what goes wrong now and then is told with its ids, and what a
 * client causes a thousand times a second does not fill the disk.
 */
const MOST = 10

/** Writes what happens to expressions, tasks and agents: to `info` what an operator looks for, to `debug` each step. */
export function createEventLog (logger: Logger, throttle: RateLimit): Events {
  if (!logger.isLevelEnabled('info')) return {}

  function info (message: string, fields: Readonly<Record<string, unknown>>): void {
    throttle.log(message, more => logger.info({ ...fields, ...more > 0 && { more } }, message), MOST)
  }

  const events: Events = {
    failed: (expression, { code, message, position, operation, agents }) =>
      info('Expression failed', { expression, code, reason: message, position, operation, agents }),
    leaseExpired: ({ task, expression, agent, attempt, isReadyAgain }) =>
      info(isReadyAgain ? 'Lease lost; the task is ready again' : 'Last lease lost; waiting for a late result',
        { task, expression, agent, attempt }),
    claimedAgain: ({ id: task, expression, attempt }, agent) =>
      info('Task handed out again', { task, expression, agent, attempt }),
    agentConnected: ({ agent, instance, address }) => info('Agent came', { agent, instance, address }),
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
        const said = 'error' in report ? { error: report.error } : { result: report.result }
        logger.debug({ task: report.task, agent, outcome: outcomes[index], ...said }, 'Task reported')
      })
    },
    finished: (expression, status) => logger.debug({ expression, status }, `Expression ${status}`)
  }
}
