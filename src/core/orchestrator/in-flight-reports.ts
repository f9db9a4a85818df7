import type { Store } from '../store.js'

/** Calls that have begun and are not answered yet. */
export interface InFlight {
  track<T> (call: Promise<T>): Promise<T>
  /** Fulfilled when those that are under way now are answered, whatever the answers are. */
  answered (): Promise<void>
  readonly size: number
}

export function createInFlight (): InFlight {
  const calls = new Set<Promise<unknown>>()
  return {
    track (call) {
      calls.add(call)
      const done = (): void => { calls.delete(call) }
      call.then(done, done)
      return call
    },

    async answered () {
      await Promise.allSettled(calls)
    },

    get size () {
      return calls.size
    }
  }
}

/** The store, with what agents say of their tasks tracked. */
export function trackReports (store: Store, { track }: InFlight): Store {
  return {
    ...store,
    report: reports => track(store.report(reports)),
    reportAndClaim: (reports, claim) => track(store.reportAndClaim(reports, claim)),
    renew: leases => track(store.renew(leases))
  }
}
