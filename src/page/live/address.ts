import { useEffect, useState } from 'preact/hooks'
import { type Route, readRoute, writeRoute } from '../model/route.js'

const listeners = new Set<() => void>()

/** Goes to a view: a new entry of the history, or in place of the current one. */
export function goTo (route: Route, { replaces = false } = {}): void {
  const address = writeRoute(route, location.search)
  if (replaces) history.replaceState(null, '', address)
  else history.pushState(null, '', address)
  for (const listener of listeners) listener()
}

/** Changes members of the query that are kept from view to view, such as the language. */
export function setQuery (name: string, value: string | null): void {
  const query = new URLSearchParams(location.search)
  if (value === null) query.delete(name)
  else query.set(name, value)
  history.replaceState(null, '', `?${query}`)
  for (const listener of listeners) listener()
}

/** The query of the address, as it changes. */
export function useSearch (): string {
  const [search, setSearch] = useState(location.search)
  useEffect(() => {
    const read = (): void => setSearch(location.search)
    listeners.add(read)
    addEventListener('popstate', read)
    return () => {
      listeners.delete(read)
      removeEventListener('popstate', read)
    }
  }, [])
  return search
}

export function useRoute (): Route {
  return readRoute(useSearch())
}

/** A link to a view, which also works without the script: opens in place unless it is to open elsewhere. */
export function linkTo (route: Route) {
  return {
    href: writeRoute(route, location.search),
    onClick: (event: MouseEvent): void => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      goTo(route)
    }
  }
}
