import type { Store } from '../../../src/core/store.js'
import { createLeaseTokens } from '../../../src/store/lease.js'
import { openPostgresStore } from '../../../src/store/postgres/index.js'
import type { StoreFixture } from '../conformance.js'
import { type Proxy, createProxy } from './proxy.js'
import { type Server, startServer } from './server.js'

/** A database of its own for each test, on one server for the test file. */
export async function createFixture (): Promise<{ fixture: StoreFixture, server: Server }> {
  const server = await startServer()

  const fixture: StoreFixture = {
    name: 'PostgreSQL store',
    durable: true,
    async open (_t, { clock, rules }) {
      const url = await server.createDatabase()
      const processes: Array<{ store: Store, proxy: Proxy }> = []

      async function start (): Promise<Store> {
        const proxy = await createProxy(server.port)
        const store = await openPostgresStore({
          url: url.replace(`:${server.port}/`, `:${proxy.port}/`),
          clock,
          time: clock,
          rules,
          newLease: createLeaseTokens(),
          onFault: () => {},
          // One after the other, in the order of the calls, as the model does them.
          connections: 1
        })
        processes.push({ store, proxy })
        return store
      }

      return {
        store: await start(),
        async restart (meanwhile = () => {}) {
          await processes.at(-1)!.store.close()
          meanwhile()
          return start()
        },
        /** The process is there no more, for the database. */
        async crash (meanwhile = () => {}) {
          processes.at(-1)!.proxy.refuse()
          meanwhile()
          return start()
        },
        async close () {
          for (const { store, proxy } of processes) {
            await store.close()
            await proxy.close()
          }
        }
      }
    }
  }
  return { fixture, server }
}
