import { createRequire } from 'node:module'

/**
 * Loads once, at the first call, what most servers never need. After a failure the next call tries again.
 *
 * Packages have to come from `requirePackage`: Node caches the failure of an `import()`, even one that was only out of
 * file descriptors for a moment, and every later import fails the same way.
 */
export function lazyLoad<T> (load: () => T | Promise<T>) {
  let loaded: Promise<T> | undefined
  return {
    load (): Promise<T> {
      if (loaded !== undefined) return loaded
      const loading = loaded = (async () => load())()
      loading.catch(() => { loaded = undefined })
      return loading
    },

    /** Undefined while it is not loaded. */
    get loaded (): Promise<T> | undefined {
      return loaded
    }
  }
}

/** Loads a CommonJS package; may be called again after a failure. */
export const requirePackage = createRequire(import.meta.url)
