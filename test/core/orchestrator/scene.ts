import { setImmediate as settled } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { type Orchestrator, createOrchestrator } from '../../../src/core/orchestrator/orchestrator.js'
import type { Claim, ClaimedTask, Store, StoreRules } from '../../../src/core/store.js'
import { createLeaseTokens } from '../../../src/store/lease-tokens.js'
import { createMemoryStore } from '../../../src/store/memory.js'
import { type ManualClock, createManualClock } from '../../manual-clock.js'
import { RULES } from '../../store/fixture.js'

export interface Scene {
  readonly orchestrator: Orchestrator
  readonly clock: ManualClock
  readonly store: Store
  /** Claims that reached the store, by the agent's name. */
  readonly asked: Array<string | null>
  readonly faults: unknown[]
  /** Called before a claim reaches the store; what it throws, the store throws. */
  beforeClaim: (agent: string | null) => void
  /** Called before reports reach the store, which waits for it. */
  beforeReport: () => Promise<void> | void
  /** Called when a claim was answered by the store and the orchestrator has not heard of it yet. */
  afterClaim: (tasks: readonly ClaimedTask[]) => Promise<unknown> | void
  submit (source: string): Promise<number>
  /** A long poll for one task; answers what it was handed, as text. */
  poll (agent: string, symbols?: string, gone?: AbortSignal): Promise<string>
}

/** How long claims wait, in ms. */
export const WAIT_MS = 30_000

/** Runs a test with an orchestrator of its own; in the end nothing may be left of it. */
export function scene (
  name: string, run: (t: Test, scene: Scene) => Promise<void>, changed: Partial<StoreRules> = {}
): void {
  test(name, async t => {
    const clock = createManualClock()
    const rules = { ...RULES, ...changed }
    const memory = createMemoryStore({ clock, rules, newLease: createLeaseTokens() })
    const asked: Array<string | null> = []
    const faults: unknown[] = []
    const watchers = new Set<unknown>()
    async function noted (claim: Claim, tasks: ClaimedTask[]): Promise<void> {
      asked.push(claim.agent)
      await bench.afterClaim(tasks)
    }
    const store: Store = {
      ...memory,
      watch (listener) {
        const unwatch = memory.watch(listener)
        watchers.add(listener)
        return () => {
          watchers.delete(listener)
          unwatch()
        }
      },
      async claim (claim) {
        bench.beforeClaim(claim.agent)
        const tasks = await memory.claim(claim)
        await noted(claim, tasks)
        return tasks
      },
      async report (reports) {
        await bench.beforeReport()
        return memory.report(reports)
      },
      async reportAndClaim (reports, claim) {
        await bench.beforeReport()
        const reported = await memory.reportAndClaim(reports, claim)
        await noted(claim, reported.claimed)
        return reported
      }
    }
    const orchestrator = createOrchestrator({
      store,
      clock,
      times: new Map([['+', 100], ['-', 100], ['*', 100], ['/', 100]]),
      limits: DEFAULT_LIMITS,
      onFault: error => { faults.push(error) }
    })
    const bench: Scene = {
      orchestrator,
      clock,
      store: memory,
      asked,
      faults,
      beforeClaim: () => {},
      beforeReport: () => {},
      afterClaim: () => {},
      submit: async source => (await orchestrator.calculate({ source })).id,
      async poll (agent, symbols = '+-*/', gone) {
        const claim = { agent, symbols: [...symbols], max: 1 }
        return show(await orchestrator.claim(claim, { waitMs: WAIT_MS, ...(gone && { signal: gone }) }))
      }
    }
    try {
      await settled()
      await run(t, bench)
    } finally {
      orchestrator.close()
    }
    t.same({ timers: clock.timers, watchers: watchers.size }, { timers: 0, watchers: 0 }, 'nothing is left')
    t.same(faults, [])
  })
}

/** The operations that were claimed, as `left symbol right`. */
export function show (tasks: readonly ClaimedTask[]): string {
  return tasks.map(({ left, symbol, right }) => `${left}${symbol}${right}`).join(' ')
}
