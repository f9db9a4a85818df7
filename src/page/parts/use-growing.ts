import { useEffect, useState } from 'preact/hooks'
import { requestFrame } from './frame.js'

/** How many of a long list to render: some more with each frame until it is all, so that no frame takes long. */
export function useGrowing (length: number, step: number): number {
  const [shown, setShown] = useState(step)
  const isWhole = shown >= length
  useEffect(() => isWhole ? undefined : requestFrame(() => setShown(shown + step)), [shown, isWhole])
  return Math.min(shown, length)
}
