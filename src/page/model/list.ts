import type { ListEntry } from '../../client/index.js'
import type { ListFilter } from './route.js'

/** Expressions of one page of the list. */
export const PAGE_SIZE = 50

export interface ListPage {
  /** The newest first. */
  readonly entries: readonly ListEntry[]
  /** All that the filter lets through. */
  readonly total: number
  /** From 0; the last one where the asked one is beyond it. */
  readonly page: number
  readonly pages: number
}

/** The service as the API names it in its filter; entries of the expressions service have no kind. */
export function kindOf ({ kind }: ListEntry): string {
  return kind ?? 'expression'
}

/** The kinds that there are expressions of, in the order of the alphabet. */
export function kindsOf (entries: readonly ListEntry[]): string[] {
  return [...new Set(entries.map(kindOf))].sort()
}

/** @param entries in the order of their ids */
export function pageOf (entries: readonly ListEntry[], filter: ListFilter): ListPage {
  const { kind, status } = filter
  const isAll = kind === 'all' && status === 'all'
  const found = isAll
    ? entries
    : entries.filter(entry => isOf(kind, kindOf(entry)) && isOf(status, entry.status))
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE))
  const page = Math.min(filter.page, pages - 1)
  const end = found.length - page * PAGE_SIZE
  return { entries: found.slice(Math.max(0, end - PAGE_SIZE), end).reverse(), total: found.length, page, pages }
}

function isOf (wanted: string, found: string): boolean {
  return wanted === 'all' || wanted === found
}
