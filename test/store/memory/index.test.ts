import { createLeaseTokens } from '../../../src/store/lease.js'
import { createMemoryStore } from '../../../src/store/memory/index.js'
import { type StoreFixture, conformance } from '../conformance.js'
import { modelConformance } from '../properties.js'

const fixture: StoreFixture = {
  name: 'memory store',
  durable: false,
  async open (_t, setup) {
    return {
      store: createMemoryStore({ ...setup, newLease: createLeaseTokens() }),
      restart: async () => { throw new Error('a memory store does not outlive its process') },
      close: async () => {}
    }
  }
}

conformance(fixture)
modelConformance(fixture)
