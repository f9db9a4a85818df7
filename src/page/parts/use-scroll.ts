import { useLayoutEffect, useState } from 'preact/hooks'
import { requestFrame } from './frame.js'

/** What is seen of an element that scrolls, in px. */
export interface Seen {
  readonly top: number
  readonly height: number
}

const NOTHING: Seen = { top: 0, height: 0 }

/** What is seen of an element, as it changes; nothing before it is there. `ref` is to be given to the element. */
export function useScroll<E extends HTMLElement> () {
  const [element, ref] = useState<E | null>(null)
  const [seen, setSeen] = useState(NOTHING)
  useLayoutEffect(() => {
    if (element === null) return
    let cancel = (): void => {}
    const read = (): void => {
      const { scrollTop: top, clientHeight: height } = element
      setSeen(known => known.top === top && known.height === height ? known : { top, height })
    }
    const request = (): void => {
      cancel()
      cancel = requestFrame(read)
    }
    const observer = new ResizeObserver(request)
    observer.observe(element)
    element.addEventListener('scroll', request, { passive: true })
    read()
    return () => {
      cancel()
      observer.disconnect()
      element.removeEventListener('scroll', request)
    }
  }, [element])
  return { ref, element, seen }
}
