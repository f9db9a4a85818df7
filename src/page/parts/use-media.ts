import { useEffect, useState } from 'preact/hooks'

/** Whether a media query matches, as that changes. The query stays the same. */
export function useMedia (media: string): boolean {
  const [query] = useState(() => matchMedia(media))
  const [matches, setMatches] = useState(query.matches)
  useEffect(() => {
    const read = (): void => setMatches(query.matches)
    query.addEventListener('change', read)
    return () => query.removeEventListener('change', read)
  }, [query])
  return matches
}
