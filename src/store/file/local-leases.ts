import { isOpen, peekTasks } from '../../core/queue/calculation.js'
import type { Transition } from '../../core/queue/transition.js'
import type { Ledger } from '../../core/queue/ledger.js'

/**
 * Releases the leases that the process before gave to its own agents: they were threads of that process and ended with
 * it. Leases of agents elsewhere stay as they are.
 *
 * @param keep is told of each transition before it is applied
 */
export function releaseLocalLeases (ledger: Ledger, at: number, keep: (transition: Transition) => void): void {
  for (const calculation of ledger.all()) {
    if (!isOpen(calculation)) continue
    let index = 0
    for (const { state, local } of peekTasks(calculation)) {
      const task = index++
      if (state !== 'leased' || !local) continue
      const release = { do: 'release', id: calculation.id, task, at } as const
      keep(release)
      ledger.apply(release)
    }
  }
}
