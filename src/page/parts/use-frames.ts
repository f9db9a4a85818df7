import { useEffect, useState } from 'preact/hooks'

/** With reduced motion, pictures change this often, in ms. */
const STILL_EVERY_MS = 500

/** Renders again with each frame while something moves; less often where the viewer wants little motion. */
export function useFrames (isMoving: boolean, isStill: boolean): void {
  const [, setFrame] = useState(0)
  useEffect(() => {
    if (!isMoving) return
    if (isStill) {
      const timer = setInterval(() => setFrame(count => count + 1), STILL_EVERY_MS)
      return () => clearInterval(timer)
    }
    let notBefore = 0
    let frame = requestAnimationFrame(function next (now) {
      frame = requestAnimationFrame(next)
      if (now < notBefore) return
      const began = performance.now()
      setFrame(count => count + 1)
      // A large picture leaves as much time to everything else as it takes itself.
      queueMicrotask(() => { notBefore = now + 2 * (performance.now() - began) })
    })
    return () => cancelAnimationFrame(frame)
  }, [isMoving, isStill])
}

/** Whether the viewer has asked the system for little motion. */
export function useReducedMotion (): boolean {
  const [query] = useState(() => matchMedia('(prefers-reduced-motion: reduce)'))
  const [isReduced, setReduced] = useState(query.matches)
  useEffect(() => {
    const read = (): void => setReduced(query.matches)
    query.addEventListener('change', read)
    return () => query.removeEventListener('change', read)
  }, [query])
  return isReduced
}
