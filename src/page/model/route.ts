/** What the page shows, as its address says. Everything is in the query, so that the page works below any prefix. */
export type Route =
  | { readonly view: 'start' }
  | { readonly view: 'expression', readonly id: number, readonly atMs: number | null }
  | { readonly view: 'expressions', readonly filter: ListFilter }
  | { readonly view: 'agents' }
  | { readonly view: 'server' }

export interface ListFilter {
  /** A service, or `all`. */
  readonly kind: string
  /** A status, or `all`. */
  readonly status: string
  /** From 0; from 1 in the address, as the page is called. */
  readonly page: number
}

export const NO_FILTER: ListFilter = { kind: 'all', status: 'all', page: 0 }

/** Members of the query that are kept from view to view. */
const KEPT = ['embed', 'lang', 'theme']

/** @param search with or without its `?` */
export function readRoute (search: string): Route {
  const query = new URLSearchParams(search)
  const id = wholeNumber(query.get('id'))
  if (id !== null && id > 0) return { view: 'expression', id, atMs: wholeNumber(query.get('at')) }
  switch (query.get('view')) {
    case 'agents': return { view: 'agents' }
    case 'server': return { view: 'server' }
    case 'expressions': {
      const { kind, status } = NO_FILTER
      const page = Math.max(1, wholeNumber(query.get('page')) ?? 1) - 1
      const filter = { kind: query.get('kind') ?? kind, status: query.get('status') ?? status, page }
      return { view: 'expressions', filter }
    }
    default: return { view: 'start' }
  }
}

/** The address of a view: `./` or its query. */
export function writeRoute (route: Route, search = ''): string {
  const query = new URLSearchParams(memberOf(route))
  const before = new URLSearchParams(search)
  for (const name of KEPT) if (before.has(name)) query.set(name, before.get(name)!)
  const text = query.toString()
  return text === '' ? './' : `?${text}`
}

function memberOf (route: Route): Record<string, string> {
  switch (route.view) {
    case 'start': return {}
    case 'expression': {
      return { id: String(route.id), ...route.atMs === null ? {} : { at: String(Math.round(route.atMs)) } }
    }
    case 'expressions': return {
      view: 'expressions',
      ...route.filter.kind === NO_FILTER.kind ? {} : { kind: route.filter.kind },
      ...route.filter.status === NO_FILTER.status ? {} : { status: route.filter.status },
      ...route.filter.page === 0 ? {} : { page: String(route.filter.page + 1) }
    }
    default: return { view: route.view }
  }
}

function wholeNumber (text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}
