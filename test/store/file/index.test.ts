import { join } from 'node:path'
import { createLeaseTokens } from '../../../src/store/lease.js'
import { openFileStore } from '../../../src/store/file/index.js'
import type { Store } from '../../../src/core/store.js'
import { type StoreFixture, RUNS, conformance } from '../conformance.js'
import { modelConformance } from '../properties.js'

const fixture: StoreFixture = {
  name: 'file store',
  durable: true,
  async open (t, setup) {
    const path = join(t.testdir(), 'longhand.json')
    let store: Store | null = null
    const open = async (): Promise<Store> => {
      await store?.close()
      store = await openFileStore({ ...setup, path, newLease: createLeaseTokens(), onFault: error => { throw error } })
      return store
    }
    return { store: await open(), restart: open, close: async () => store?.close() }
  }
}

conformance(fixture)
// On the real disk; `model.test.ts` does the same and more on one that fails.
modelConformance(fixture, RUNS / 10)
