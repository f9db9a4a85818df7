/** The instances of one agent: the processes that use its name. Times in ms on the monotonic clock. */

/** Silence after which an agent is forgotten, in ms: longer than the longest wait, so that idle agents stay. */
export const FORGET_AFTER_MS = 10 * 60_000

/** The same for an agent that said that it leaves. */
export const FORGET_LEFT_AFTER_MS = 60_000

/** Silence after which an agent is not expected to claim, in ms: a waiting one sends requests more often. */
export const SILENT_AFTER_MS = 90_000

/**
 * How long an instance that leaves gets no tasks, in ms. Its waiting claims are answered at once; this is for claims
 * still on their way. A later claim comes from a new process with the same instance name.
 */
export const LEAVING_MS = 10_000

/** Agents choose the names of their instances, so there must be a limit of what is remembered. */
const MAX_INSTANCES = 1_000

export interface Instance {
  seenAt: number
  /** When it said that it leaves; -Infinity if it did not, or is back. */
  leftAt: number
}

export type Instances = Map<string, Instance>

/** Records that an instance was heard from. */
export function noteInstance (instances: Instances, name: string, now: number): void {
  const known = instances.get(name)
  if (known !== undefined) {
    known.seenAt = now
    if (!isLeaving(known, now)) known.leftAt = -Infinity
    return
  }
  for (const [other, { seenAt }] of instances) if (seenAt <= now - FORGET_AFTER_MS) instances.delete(other)
  const [oldest] = instances.keys()
  if (oldest !== undefined && instances.size >= MAX_INSTANCES) instances.delete(oldest)
  instances.set(name, { seenAt: now, leftAt: -Infinity })
}

/** Whether all have left. Silent ones do not count, because a killed one never says that it leaves. */
export function haveLeft (instances: Instances, now: number): boolean {
  const all = [...instances.values()]
  return all.some(({ leftAt }) => leftAt > -Infinity) &&
    all.every(({ leftAt, seenAt }) => leftAt > -Infinity || seenAt <= now - SILENT_AFTER_MS)
}

export function isLeaving ({ leftAt }: Instance, now: number): boolean {
  return now - leftAt < LEAVING_MS
}
