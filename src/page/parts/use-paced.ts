import { useEffect, useRef, useState } from 'preact/hooks'
import { requestFrame } from './frame.js'

/** What is derived again takes at most about one part in so many of the time. */
const PARTS = 5

/** In ms: after this much in one frame, the rest is derived in later ones. */
const FRAME_MS = 8

let spentMs = 0
let isCounting = false

/**
 * A value that is derived from another, and derived again as often as its cost allows: for a small expression each
 * time, for one of 100,000 operations every second or so. The newest a few frames after `isFinal`.
 */
export function usePaced<From, To> (from: From, derive: (from: From) => To, isFinal: boolean): To {
  const last = useRef<{ readonly from: From, readonly value: To, readonly notBefore: number } | null>(null)
  const [, setLate] = useState(0)
  const known = last.current
  const isNew = known === null || known.from !== from
  const began = performance.now()
  const isDue = isNew && (known === null || (spentMs < FRAME_MS && (isFinal || began >= known.notBefore)))
  const isLate = isNew && !isDue && isFinal
  useEffect(() => isLate ? requestFrame(() => setLate(count => count + 1)) : undefined)
  if (!isDue) return known!.value
  const value = derive(from)
  const ended = performance.now()
  last.current = { from, value, notBefore: ended + (PARTS - 1) * (ended - began) }
  spend(ended - began)
  return value
}

function spend (ms: number): void {
  spentMs += ms
  if (isCounting) return
  isCounting = true
  requestFrame(() => {
    spentMs = 0
    isCounting = false
  })
}
