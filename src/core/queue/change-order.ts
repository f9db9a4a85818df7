/** Keys that have changed after a revision, in the order of their last change. */
export interface ChangedKeys<Key> {
  readonly keys: readonly Key[]
  /** Of the last of these keys: all changes up to it are among them. */
  readonly revision: number
  /** Whether no further key has changed since. */
  readonly isComplete: boolean
}

export type ChangeOrder<Key> = ReturnType<typeof createChangeOrder<Key>>

/**
 * The keys that have changed since a revision, each once, so that it is as long as what there is and not as what has
 * happened. Amortised, a change costs O(1), and a read O(log n) and the keys that it returns: changes are appended, and
 * outdated ones are skipped until half of all are. A change of a key that no reader knows yet costs one look-up: of an
 * operation, the claim and the result usually fall between two reads.
 *
 * @param start the revision after which changes are recorded
 * @param most how many keys are kept, the last changed ones
 */
export function createChangeOrder<Key> (start: number, most = Infinity) {
  let keys: Key[] = []
  /** Of each of `keys`; ascending. */
  let revisions: number[] = []
  const latest = new Map<Key, number>()
  let from = start
  let last = start
  let reached = start

  function compact (): void {
    const isCurrent = keys.map((key, index) => latest.get(key) === revisions[index])
    keys = keys.filter((_, index) => isCurrent[index])
    revisions = revisions.filter((_, index) => isCurrent[index])
    const excess = keys.length - most
    if (excess <= 0) return
    from = revisions[excess - 1]!
    for (const key of keys.splice(0, excess)) latest.delete(key)
    revisions.splice(0, excess)
  }

  /** A reader knows everything up to the revision, or is about to. */
  function reach (revision: number): void {
    reached = Math.max(reached, revision)
  }

  /** Index of the first change after the revision. */
  function firstAfter (revision: number): number {
    let low = 0
    let high = revisions.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (revisions[middle]! > revision) high = middle
      else low = middle + 1
    }
    return low
  }

  return {
    /** @param revision above that of every change before */
    add (key: Key, revision: number): void {
      if ((latest.get(key) ?? -Infinity) > reached) return
      keys.push(key)
      revisions.push(revision)
      latest.set(key, revision)
      last = revision
      if (keys.length > 2 * Math.min(latest.size, most) + MIN_OUTDATED) compact()
    },

    reach,

    /** @param revision from `from` to `reached` */
    since (revision: number, limit: number): ChangedKeys<Key> {
      const found: Key[] = []
      for (let index = firstAfter(revision); index < keys.length; index++) {
        const key = keys[index]!
        if (latest.get(key) !== revisions[index]) continue
        if (found.length === limit) {
          const next = latest.get(found.at(-1)!)!
          reach(next)
          return { keys: found, revision: next, isComplete: false }
        }
        found.push(key)
      }
      reach(last)
      return { keys: found, revision: Math.max(revision, last), isComplete: true }
    },

    /** The revision after which all changes are known. */
    get from (): number {
      return from
    },

    /** The highest revision that a reader has reached. */
    get reached (): number {
      return reached
    },

    /** The revision of the last change that was added. */
    get last (): number {
      return last
    }
  }
}

/** Short lists are not worth the walk. */
const MIN_OUTDATED = 64
