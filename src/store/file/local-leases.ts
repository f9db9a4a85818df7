import { isOpen, peekTasks } from '../../core/queue/calculation.js'
import type { Transition } from '../../core/queue/transition.js'
import type { Ledger } from '../../core/queue/ledger.js'

/**
 * Releases the leases that an earlier process granted to its own agents, which were threads and ended with it. Leases
 * of other agents are left alone.
 *
 * @param append is called with each transition before it is applied
 */
export function releaseLocalLeases (ledger: Ledger, at: number, append: (transition: Transition) => void): void {
  for (const calculation of ledger.all()) {
    if (!isOpen(calculation)) continue
    let index = 0
    for (const { state, local } of peekTasks(calculation)) {
      const task = index++
      if (state !== 'leased' || !local) continue
      const release = { do: 'release', id: calculation.id, task, at } as const
      append(release)
      ledger.apply(release)
    }
  }
}
