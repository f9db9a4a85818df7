import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { requestFrame } from './frame.js'

/**
 * What is not needed for the first picture, such as a long table: it is rendered so many frames later, so that no frame
 * takes long.
 */
export function Deferred ({ frames, children }: { frames: number, children: ComponentChildren }) {
  const [left, setLeft] = useState(frames)
  useEffect(() => {
    if (left === 0) return
    return requestFrame(() => setLeft(left - 1))
  }, [left])
  return left === 0 ? <>{children}</> : null
}
