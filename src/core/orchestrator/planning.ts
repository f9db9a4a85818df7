import { domainError } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import type { PlanOptions } from '../plan/planner.js'
import type { Store } from '../store.js'
import { type Work, type WrittenWork, planWork } from '../plan/work.js'

/** A plan, and for a large one what the journal is to hold of it (`WrittenSubmit`). */
export interface Planned {
  readonly plan: Plan
  readonly written?: Uint8Array
}

/** Plans a text elsewhere, so that the server goes on meanwhile. @throws as `planWork` does */
export type RemotePlanner = (work: WrittenWork) => Promise<Planned>

/** The way from a text to its plan: short ones at once, long ones elsewhere, one after the other. */
export interface Planning {
  /**
   * @throws as `planWork` does; for a long text also `queue_full` when the store has no room for it or too many wait to
   *   be planned
   */
  plan (work: Work): Promise<Planned>
}

export interface PlanningOptions extends Omit<PlanOptions, 'variables'> {
  readonly store: Pick<Store, 'admit'>
  /** Without it, long texts are planned like short ones. */
  readonly planLong?: RemotePlanner
}

/**
 * Characters up to which a text is planned at once: that takes up to 5 ms on a busy machine (0.3 ms for each thousand
 * characters), and the way to another thread and back 0.1 to 1 ms.
 */
export const MAX_LOCAL_LENGTH = 16_000

/** What may wait to be planned: so many texts, and so many characters of them. A million takes about 0.5 s. */
const MOST_WAITING = 64
const MOST_WAITING_CHARACTERS = 16_000_000

interface Waiting {
  readonly size: number
  readonly start: () => void
}

export function createPlanning (options: PlanningOptions): Planning {
  const { store, planLong } = options
  const waiting: Waiting[] = []
  let waitingSize = 0
  let underWay = false
  /** Whether the next one is the one that has waited longest, and not the shortest. */
  let isOldestNext = false

  /** Its turn: at once where nothing is planned. @throws `queue_full` */
  async function turn (size: number): Promise<void> {
    if (!underWay) {
      underWay = true
      return
    }
    if (waiting.length >= MOST_WAITING || waitingSize + size > MOST_WAITING_CHARACTERS) {
      throw domainError('queue_full', { what: `${waiting.length} long expressions are waiting to be planned` })
    }
    waitingSize += size
    await new Promise<void>(resolve => { waiting.push({ size, start: resolve }) })
  }

  /**
   * By turns the shortest and the oldest: a text of medium length does not wait for all the long ones before it, and
   * none waits for ever.
   */
  function next (): void {
    let chosen = waiting[0]
    if (chosen === undefined) {
      underWay = false
      return
    }
    if (!isOldestNext) for (const one of waiting) if (one.size < chosen.size) chosen = one
    isOldestNext = !isOldestNext
    waiting.splice(waiting.indexOf(chosen), 1)
    waitingSize -= chosen.size
    chosen.start()
  }

  async function planElsewhere (work: WrittenWork, planLong: RemotePlanner): Promise<Planned> {
    await turn(sizeOf(work))
    try {
      return await planLong(work)
    } finally {
      next()
    }
  }

  return {
    async plan (work) {
      if (planLong === undefined || !isLong(work) || work.source.length > options.limits.length) {
        return { plan: planWork(work, options) }
      }
      // Passes may leave a single operation of any text.
      await store.admit({ source: work.source, operations: 1 })
      return planElsewhere(work, planLong)
    }
  }
}

function isLong (work: Work): work is WrittenWork {
  return !('operations' in work) && sizeOf(work) > MAX_LOCAL_LENGTH
}

/** A variable costs as much as some characters. */
function sizeOf ({ source, variables = {} }: WrittenWork): number {
  return source.length + VARIABLE_SIZE * Object.keys(variables).length
}

const VARIABLE_SIZE = 10
