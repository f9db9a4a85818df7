import { createLeaseTokens } from '../../../src/store/lease.js'
import { createMemoryStore } from '../../../src/store/memory/index.js'
import { conformance } from '../conformance.js'

conformance({
  name: 'memory store',
  durable: false,
  async open (_t, setup) {
    return {
      store: createMemoryStore({ ...setup, newLease: createLeaseTokens() }),
      restart: async () => { throw new Error('a memory store does not outlive its process') },
      close: async () => {}
    }
  }
})
