import { domainError } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import type { PlanOptions } from '../plan/planner.js'
import type { Store } from '../store.js'
import { type Work, type WrittenWork, planWork } from '../plan/work.js'

/** A plan, and for a large one its operations, serialized for the journal (see `WrittenSubmit`). */
export interface Planned {
  readonly plan: Plan
  readonly written?: Uint8Array
}

/** Plans a text in another thread. @throws as `planWork` does */
export type RemotePlanner = (work: WrittenWork) => Promise<Planned>

export interface PlanningOptions extends Omit<PlanOptions, 'variables'> {
  readonly store: Pick<Store, 'admit'>
  /** Without it, long texts are planned as short ones are. */
  readonly planLong?: RemotePlanner
}

/**
 * Length up to which a text is planned in this thread, in characters: that takes up to 5 ms on a busy machine (0.3 ms
 * for each thousand), and the way to another thread and back takes 0.1 to 1 ms.
 */
export const MAX_LOCAL_LENGTH = 16_000

/** Limits of the texts that wait to be planned, and of their characters. A million takes about 0.5 s. */
const MAX_WAITING = 64
const MAX_WAITING_CHARACTERS = 16_000_000

interface Waiting {
  readonly size: number
  readonly start: () => void
}

/** Plans short texts at once, and long ones in another thread, one after the other. */
export function createPlanning (options: PlanningOptions) {
  const { store, planLong } = options
  const waiting: Waiting[] = []
  let waitingSize = 0
  let isPlanning = false
  /** Whether the next text is the oldest one, not the shortest. */
  let isOldestNext = false

  /** Waits until no other text is planned. @throws `queue_full` */
  async function turn (size: number): Promise<void> {
    if (!isPlanning) {
      isPlanning = true
      return
    }
    if (waiting.length >= MAX_WAITING || waitingSize + size > MAX_WAITING_CHARACTERS) {
      throw domainError('queue_full', { what: `${waiting.length} long expressions are waiting to be planned` })
    }
    waitingSize += size
    await new Promise<void>(resolve => { waiting.push({ size, start: resolve }) })
  }

  /**
   * Takes the shortest and the oldest in turn: a text of medium length does not wait for all the long ones before it,
   * and none waits for ever.
   */
  function next (): void {
    let chosen = waiting[0]
    if (chosen === undefined) {
      isPlanning = false
      return
    }
    if (!isOldestNext) for (const text of waiting) if (text.size < chosen.size) chosen = text
    isOldestNext = !isOldestNext
    waiting.splice(waiting.indexOf(chosen), 1)
    waitingSize -= chosen.size
    chosen.start()
  }

  async function planRemotely (work: WrittenWork, planLong: RemotePlanner): Promise<Planned> {
    await turn(sizeOf(work))
    try {
      return await planLong(work)
    } finally {
      next()
    }
  }

  return {
    /**
     * @throws as `planWork` does; for a long text also `queue_full` when the store has no room for it, or too many wait
     *   to be planned
     */
    async plan (work: Work): Promise<Planned> {
      if (planLong === undefined || !isLong(work) || work.source.length > options.limits.length) {
        return { plan: planWork(work, options) }
      }
      // A lower bound: passes may reduce any text to a single operation.
      await store.admit({ source: work.source, operations: 1 })
      return planRemotely(work, planLong)
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
