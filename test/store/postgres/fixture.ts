import type { Store } from '../../../src/core/store.js'
import { createLeaseTokens } from '../../../src/store/lease-tokens.js'
import { openPostgresStore } from '../../../src/store/postgres/index.js'
import type { StoreFixture } from '../fixture.js'
import { type Proxy, createProxy } from './proxy.js'
import { type Server, startServer } from './server.js'

/** How often a store gives a sign of life, in ms. */
const BEAT_MS = 1_000

export interface Fixtures {
  /** Does one verb after the other. */
  readonly fixture: StoreFixture
  /** Does what it is told as it comes. */
  readonly hasty: StoreFixture
  /** Likewise, and keeps what has finished for ten seconds, as a real one does. */
  readonly lingering: StoreFixture
  readonly server: Server
}

/** A database of its own for each test, on one server for the test file. */
export async function createFixture (): Promise<Fixtures> {
  const server = await startServer()
  return {
    fixture: fixtureOn(server, 'PostgreSQL store', inTurn),
    hasty: fixtureOn(server, 'PostgreSQL store, hasty', store => store),
    lingering: fixtureOn(server, 'PostgreSQL store, lingering', store => store, 10_000),
    server
  }
}

function fixtureOn (server: Server, name: string, wrap: (store: Store) => Store, lingerMs = 0): StoreFixture {
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
          lookAgainMs: null,
          lingerMs,
          newLease: createLeaseTokens(),
          onFault: () => {},
          // What a verb leaves to be cleared away is cleared away before the next.
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
        /** The process is there no more, for the database. */
        async crash (meanwhile = () => {}) {
          const { proxy } = processes.at(-1)!
          // A sign of life that was due is given, and not only under way.
          for (let alive = -Infinity; alive <= clock.monotonic() - BEAT_MS;) {
            const [presence] = await server.query(url, 'SELECT alive_at FROM longhand.presence')
            alive = Number(presence!['alive_at'])
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
 * The store, with each call begun when the one before it is over. Which of two calls at the same time comes first is
 * for the database to say; the model, and the stores in memory, say it is the first.
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
