import type { Store } from '../store.js'

/** The store with an `expire` that waits for reports and renewals in flight: leases end only after these count. */
export function awaitReports (store: Store): Store {
  const inFlight = new Set<Promise<unknown>>()

  function track<T> (call: Promise<T>): Promise<T> {
    inFlight.add(call)
    const done = (): void => { inFlight.delete(call) }
    call.then(done, done)
    return call
  }

  return {
    ...store,
    report: reports => track(store.report(reports)),
    reportAndClaim: (reports, claim) => track(store.reportAndClaim(reports, claim)),
    renew: leases => track(store.renew(leases)),

    async expire () {
      if (inFlight.size > 0) await Promise.allSettled(inFlight)
      return store.expire()
    }
  }
}
