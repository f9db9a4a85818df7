import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

/** With reduced motion, pictures change this often, in ms. */
const STILL_EVERY_MS = 500

/**
 * Renders the calling component again with each frame while something moves; less often where the viewer wants little
 * motion. A picture that takes long leaves twice as much time to everything else.
 */
export function useFrames (isMoving: boolean, isStill: boolean): void {
  const [, setFrame] = useState(0)
  const tookMs = useRef(0)
  const began = performance.now()
  // Runs after those of the components within, which draw.
  useLayoutEffect(() => { tookMs.current = performance.now() - began })
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
      notBefore = now + 2 * tookMs.current
      setFrame(count => count + 1)
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
