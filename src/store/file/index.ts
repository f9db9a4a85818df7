import { resolve } from 'node:path'
import type { Clock } from '../../core/clock.js'
import { domainError } from '../../core/errors.js'
import type { Change, Store, StoreRules } from '../../core/store.js'
import { createListeners } from '../listeners.js'
import type { Ledger } from '../memory/ledger.js'
import { type Queue, createQueue } from '../memory/queue.js'
import { type Disk, realDisk } from './disk.js'
import { type Journal, type JournalFault, createJournal } from './journal.js'
import { acquireLock } from './lock.js'
import { type Place, readSegments, recover, segmentPath, writeSnapshot } from './recover.js'

export interface FileStoreOptions {
  /** The snapshot file; the journal's segments and the lock stand beside it. */
  readonly path: string
  readonly clock: Clock
  readonly rules: StoreRules
  readonly newLease: () => string
  /** Told when the disk fails and when it works again; `fatal` when only a restart can tell what is on it. */
  readonly onFault: (error: unknown, fatal: boolean) => void
  readonly disk?: Disk
}

/** How long after a failed write the store reads itself back from the disk, in ms. */
const REPAIR_MS = 1_000

/** The queue in memory and the journal that keeps it. */
interface Live {
  readonly store: string
  readonly ledger: Ledger
  readonly queue: Queue
  readonly journal: Journal
}

/**
 * The memory store made durable: every transition is a line of the journal, and no answer leaves
 * before the lines that it may reveal are on disk. After a failed write the memory may be ahead of
 * the disk, so it is thrown away and read back; meanwhile every verb is refused.
 *
 * @throws when another process uses the file, or the files are damaged
 */
export async function openFileStore (options: FileStoreOptions): Promise<Store> {
  const { clock, rules, newLease, onFault, disk = realDisk } = options
  const place: Place = { disk, path: resolve(options.path) }
  const listeners = createListeners()
  let changes: Change[] = []
  /** Null while the store cannot serve: after a fault, and once it is closed. */
  let live: Live | null = null
  let closed = false
  let cancelRepair = (): void => {}

  await disk.makeFolder(resolve(place.path, '..'))
  const lock = await acquireLock(place.path)
  try {
    live = await start()
  } catch (error) {
    await lock.release()
    throw error
  }

  async function start (): Promise<Live> {
    const { ledger, ...newest } = await recover(place)
    const journal = createJournal({ ...newest, disk, pathOf: first => segmentPath(place, first), onFault: fail })
    const queue = createQueue({
      ledger,
      clock,
      rules,
      newLease,
      keep: journal.append,
      announce: change => { changes.push(change) }
    })
    return { store: newest.store, ledger, queue, journal }
  }

  function fail ({ error, during }: JournalFault): void {
    live = null
    changes = []
    onFault(error, during === 'sync')
    if (during === 'write') cancelRepair = clock.after(REPAIR_MS, repair)
  }

  function repair (): void {
    start().then(
      restarted => {
        if (closed) return
        live = restarted
        // Agents that wait need not wait for the next submit.
        listeners.tell({ type: 'ready', counts: readyCounts(restarted.ledger) })
      },
      error => {
        onFault(error, false)
        if (!closed) cancelRepair = clock.after(REPAIR_MS, repair)
      })
  }

  /** Does it in memory, waits until it is kept, tells who watches, and only then answers. */
  async function verb<T> (act: (queue: Queue) => T): Promise<T> {
    if (live === null) throw domainError('storage_unavailable')
    const { queue, journal } = live
    try {
      return act(queue)
    } finally {
      const revealed = changes
      changes = []
      await journal.kept().catch(cause => { throw domainError('storage_unavailable', {}, cause) })
      for (const change of revealed) listeners.tell(change)
    }
  }

  async function close (): Promise<void> {
    closed = true
    cancelRepair()
    const closing = live
    live = null
    if (closing !== null) {
      const { store, ledger, journal } = closing
      await journal.kept()
      const last = await journal.rotate()
      await journal.close()
      await writeSnapshot(place, ledger, store, last)
      for (const segment of await readSegments(place)) {
        if (segment.header.first <= last) await disk.remove(segment.path)
      }
    }
    await lock.release()
  }

  return {
    submit: submission => verb(queue => queue.submit(submission)),
    claim: claim => verb(queue => queue.claim(claim)),
    settle: (reports, next) => verb(queue => ({
      outcomes: queue.settle(reports),
      claimed: next === undefined ? [] : queue.claim(next)
    })),
    renew: leases => verb(queue => queue.renew(leases)),
    release: leases => verb(queue => queue.release(leases)),
    expire: () => verb(queue => queue.expire()),
    cancel: id => verb(queue => queue.cancel(id)),
    find: id => verb(queue => queue.find(id)),
    findOperations: id => verb(queue => queue.findOperations(id)),
    list: query => verb(queue => queue.list(query)),
    watch: listeners.add,
    close
  }
}

function readyCounts (ledger: Ledger): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { plan, tasks } of ledger.all()) {
    tasks.forEach(({ state }, index) => {
      const { symbol } = plan.operations[index]!
      if (state === 'ready') counts.set(symbol, (counts.get(symbol) ?? 0) + 1)
    })
  }
  return counts
}
