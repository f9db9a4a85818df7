import { useEffect, useState } from 'preact/hooks'
import { requestFrame } from './frame.js'
import { useMedia } from './use-media.js'

/** With reduced motion, pictures change this often, in ms. */
const STILL_EVERY_MS = 500

/**
 * Renders the calling component again with each frame while something moves; less often where the viewer wants little
 * motion.
 */
export function useFrames (isMoving: boolean, isStill: boolean): void {
  const [, setFrame] = useState(0)
  useEffect(() => {
    if (!isMoving) return
    const tick = (): void => setFrame(count => count + 1)
    if (isStill) {
      const timer = setInterval(tick, STILL_EVERY_MS)
      return () => clearInterval(timer)
    }
    let cancel = requestFrame(function next () {
      tick()
      cancel = requestFrame(next)
    })
    return () => cancel()
  }, [isMoving, isStill])
}

/** Whether the viewer has asked the system for little motion. */
export function useReducedMotion (): boolean {
  return useMedia('(prefers-reduced-motion: reduce)')
}
