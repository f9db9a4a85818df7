import { createRequire } from 'node:module'

export interface Lazy<T> {
  load (): Promise<T>
  /** Undefined while it is not loaded. */
  readonly loaded: Promise<T> | undefined
}

/**
 * Loads at the first call what most servers never need, and once. A load that fails is tried again by the next call.
 *
 * Packages have to come from `requirePackage`: of an `import()` that fails, even if only because the process is out of
 * file descriptors for a moment, Node remembers the failure, and every later one fails the same.
 */
export function lazyLoad<T> (load: () => T | Promise<T>): Lazy<T> {
  let loaded: Promise<T> | undefined
  return {
    load () {
      if (loaded !== undefined) return loaded
      const loading = loaded = (async () => load())()
      loading.catch(() => { loaded = undefined })
      return loading
    },

    get loaded () {
      return loaded
    }
  }
}

/** Loads a CommonJS package; one that could not be loaded is tried again. */
export const requirePackage = createRequire(import.meta.url)
