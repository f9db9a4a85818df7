import { cpSync } from 'node:fs'
import { join } from 'node:path'
import type { Store } from '../../../src/core/store.js'
import { compact } from '../../../src/store/file/compaction-job.js'
import { realDisk } from '../../../src/store/file/disk.js'
import { openFileStore } from '../../../src/store/file/index.js'
import { createLeaseTokens } from '../../../src/store/lease-tokens.js'
import { type StoreFixture, RUNS } from '../fixture.js'
import { conformance } from '../conformance/index.js'
import { modelConformance } from '../model/index.js'

const fixture: StoreFixture = {
  name: 'file store',
  durable: true,
  async open (t, setup) {
    const folder = t.testdir()
    const stores: Store[] = []
    let process = 0
    const open = async (): Promise<Store> => {
      const path = join(folder, `${process}`, 'longhand.json')
      const store = await openFileStore({
        ...setup,
        path,
        newLease: createLeaseTokens(),
        onFault: error => { throw error },
        // A thread that compiles TypeScript takes seconds to start.
        compact: last => compact({ disk: realDisk, path }, last)
      })
      stores.push(store)
      return store
    }
    return {
      store: await open(),
      async restart (meanwhile = () => {}) {
        await stores.at(-1)!.close()
        meanwhile()
        return open()
      },
      /** The files as they are when a process is killed, in a folder of their own; the process is left behind. */
      async crash (meanwhile = () => {}) {
        const isFile = (path: string): boolean => !path.includes('.lock')
        cpSync(join(folder, `${process}`), join(folder, `${++process}`), { recursive: true, filter: isFile })
        meanwhile()
        return open()
      },
      async close () {
        for (const store of stores) await store.close()
      }
    }
  }
}

conformance(fixture)
// On the real disk; `model.test.ts` does the same and more on one that fails.
modelConformance(fixture, RUNS / 10)
