import type { Store } from '../../../src/core/store.js'
import { createLeaseTokens } from '../../../src/store/lease-tokens.js'
import { openPostgresStore } from '../../../src/store/postgres/index.js'
import type { StoreFixture } from '../fixture.js'
import { type Proxy, createProxy } from './proxy.js'
import { type Server, startServer } from './server.js'

/** How often a store gives a sign of life, in ms. */
const BEAT_MS = 1_000

export interface Fixtures {
  /** Runs one verb after the other. */
  readonly fixture: StoreFixture
  /** Runs verbs at the same time. */
  readonly concurrent: StoreFixture
  /** Likewise, and keeps final expressions for ten seconds, as in production. */
  readonly withGrace: StoreFixture
  readonly server: Server
}

/** A database of its own for each test, on one server for the test file. */
export async function createFixture (): Promise<Fixtures> {
  const server = await startServer()
  return {
    fixture: fixtureOn(server, 'PostgreSQL store', inTurn),
    concurrent: fixtureOn(server, 'PostgreSQL store, concurrent', store => store),
    withGrace: fixtureOn(server, 'PostgreSQL store, with grace', store => store, 10_000),
    server
  }
}

function fixtureOn (server: Server, name: string, wrap: (store: Store) => Store, graceMs = 0): StoreFixture {
  return {
    name,
    durable: true,
    outOfMemory: true,
    signsOfLife: true,
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
          rescanMs: null,
          graceMs,
          paceMs: 0,
          newLease: createLeaseTokens(),
          onFault: () => {},
          // The maintenance that a verb causes is done before the next verb.
          connections: 1
        })
        processes.push({ store, proxy })
        return wrap(store)
      }

      return {
        store: await start(),
        async restart (meanwhile = () => {}) {
          await processes.at(-1)!.store.close()
          meanwhile()
          return start()
        },
        /** For the database, the process is gone. */
        async crash (meanwhile = () => {}) {
          const { proxy } = processes.at(-1)!
          // A sign of life that was due has arrived, and is not only under way.
          for (let alive = -Infinity; alive <= clock.monotonic() - BEAT_MS;) {
            const [liveness] = await server.query(url, 'SELECT alive_at FROM longhand.liveness')
            alive = Number(liveness!['alive_at'])
          }
          proxy.refuse()
          await server.left(url)
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
}

/**
 * The store, with each call started when the one before it has ended. The database decides which of two concurrent
 * calls comes first; in the model and in the stores in memory it is the first.
 */
function inTurn (store: Store): Store {
  let last: Promise<unknown> = Promise.resolve()
  function wait<Arguments extends unknown[], Answer> (
    verb: (...args: Arguments) => Promise<Answer>
  ): (...args: Arguments) => Promise<Answer> {
    return (...args) => {
      const answer = last.then(() => verb(...args))
      last = answer.catch(() => {})
      return answer
    }
  }
  const { watch, close, serves, recovered, ...verbs } = store
  const ordered = Object.fromEntries(Object.entries(verbs).map(([name, verb]) =>
    [name, wait(verb as (...args: unknown[]) => Promise<unknown>)]))
  return { ...ordered, watch, close, serves, recovered } as Store
}
