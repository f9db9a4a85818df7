import { useRef } from 'preact/hooks'

/** What is derived again takes at most about one part in so many of the time. */
const PARTS = 5

/**
 * A value that is derived from another, and derived again as often as its cost allows: for a small expression each
 * time, for one of 100,000 operations every second or so. Always the newest once `isFinal`.
 */
export function usePaced<From, To> (from: From, derive: (from: From) => To, isFinal: boolean): To {
  const last = useRef<{ readonly from: From, readonly value: To, readonly notBefore: number } | null>(null)
  const began = performance.now()
  const known = last.current
  if (known !== null && (known.from === from || (!isFinal && began < known.notBefore))) return known.value
  const value = derive(from)
  const ended = performance.now()
  last.current = { from, value, notBefore: ended + (PARTS - 1) * (ended - began) }
  return value
}
