import { createLeaseTokens } from '../../src/store/lease-tokens.js'
import { createMemoryStore } from '../../src/store/memory.js'
import type { StoreFixture } from './fixture.js'
import { conformance } from './conformance/index.js'
import { modelConformance } from './model/index.js'

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
modelConformance(fixture)
