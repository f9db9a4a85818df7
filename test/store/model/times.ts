import type { Clock } from '../../../src/core/clock.js'
import { type Deadline, type World, isOpen } from './world.js'

/** A wall clock that moves this far (ms) against the monotonic clock was set. */
const SET_MS = 1_000

export type Times = ReturnType<typeof createTimes>

/** How a world counts time: changes and their times, deadlines, and the time that calculations have spent. */
export function createTimes (model: { world: World }, clock: Clock) {
  return { record, restartSpentTime, deadlineIn, nextDeadline }

  function offset (): number {
    return clock.now() - clock.monotonic()
  }

  /** A change is stored: `timed` with its time, `durable` once it is acknowledged. */
  function record ({ timed, durable = true }: { timed: boolean, durable?: boolean }): void {
    const { world } = model
    if (Math.abs(offset() - world.offset) > SET_MS) restartSpentTime()
    world.offset = offset()
    if (timed) world.activeAt = clock.monotonic()
    if (durable) world.durableChanges++
    else world.claims++
  }

  /** Time until now counts up to the last stored change; time from now on counts anew. */
  function restartSpentTime (): void {
    const { world } = model
    for (const expression of world.expressions) {
      if (expression.startedAt === null || !isOpen(expression)) continue
      expression.spentMs += Math.max(0, world.activeAt - (expression.runningFrom ?? world.startedAt))
      expression.runningFrom = null
    }
    world.activeAt = clock.monotonic()
    world.startedAt = clock.monotonic()
  }

  function deadlineIn (ms: number): Deadline {
    return { at: clock.monotonic() + ms, order: ++model.world.deadlines }
  }

  /** The next deadline, and whose it is: a task's, or with `index` null an expression's. */
  function nextDeadline () {
    const all = model.world.expressions.flatMap(expression => {
      const tasks = expression.tasks.map(({ deadline }, index) => ({ deadline, expression, index }))
      return [{ deadline: expression.deadline, expression, index: null }, ...tasks]
    })
    return all.flatMap(({ deadline, ...owner }) => deadline === null ? [] : { deadline, ...owner })
      .sort(({ deadline: one }, { deadline: other }) => one.at - other.at || one.order - other.order)[0] ?? null
  }
}
