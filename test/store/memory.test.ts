import { createLeaseTokens } from '../../src/store/lease-tokens.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { atOnceConformance } from './at-once.js'
import { type StoreFixture, conformance } from './conformance.js'
import { admission } from './admission.js'
import { dispatchConformance } from './dispatching.js'
import { localConformance } from './local-leases.js'
import { modelConformance } from './properties.js'
import { failureConformance } from './failures.js'
import { textConformance } from './texts.js'
import { timeConformance } from './time-limits.js'
import { waitersConformance } from './waiters.js'

async function forget (): Promise<never> {
  throw new Error('a memory store does not outlive its process')
}

const fixture: StoreFixture = {
  name: 'memory store',
  durable: false,
  async open (_t, setup) {
    return {
      store: createMemoryStore({ ...setup, newLease: createLeaseTokens() }),
      restart: forget,
      crash: forget,
      close: async () => {}
    }
  }
}

conformance(fixture)
timeConformance(fixture)
failureConformance(fixture)
textConformance(fixture)
dispatchConformance(fixture)
localConformance(fixture)
waitersConformance(fixture)
admission(fixture)
atOnceConformance(fixture)
modelConformance(fixture)
