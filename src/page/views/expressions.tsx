import type { RefObject } from 'preact'
import { useRef } from 'preact/hooks'
import type { ListEntry, ListUpdate, Status } from '../../client/index.js'
import { goTo, linkTo } from '../live/address.js'
import type { FeedState } from '../live/feed.js'
import { kindOf, kindsOf, pageOf } from '../model/list.js'
import { type ListFilter, NO_FILTER } from '../model/route.js'
import { CurlCommand } from '../parts/curl-command.js'
import { DataRow, DataTable } from '../parts/data-table.js'
import { StatusMark } from '../parts/status-mark.js'
import { useFrames } from '../parts/use-frames.js'
import { EXPRESSION } from '../text/expression.js'
import { count, duration } from '../text/format.js'
import { FRAME } from '../text/frame.js'
import { useLanguage, useTexts } from '../text/language.js'
import { LISTS } from '../text/lists.js'
import { PICTURE } from '../text/picture.js'
import { PARTS } from '../text/parts.js'

const STATUSES: readonly Status[] = ['pending', 'in_progress', 'completed', 'failed', 'cancelled']

/** The expressions of all services, the newest first. */
export function ExpressionsView ({ feed, filter }: { feed: FeedState<ListUpdate> | null, filter: ListFilter }) {
  const texts = useTexts(LISTS)
  const language = useLanguage()
  const { expressions: heading } = useTexts(FRAME)
  const { loading } = useTexts(EXPRESSION)
  const { withCurl } = useTexts(PARTS)
  const filters = useRef<HTMLSelectElement>(null)
  // The ages grow.
  useFrames(true, true)
  if (feed?.update == null) return <p role='status'>{feed?.error?.message ?? loading}</p>
  const { entries, total, page, pages } = pageOf(feed.update.expressions, filter)
  const link = (to: number) => linkTo({ view: 'expressions', filter: { ...filter, page: to } })
  const isFiltered = filter.kind !== NO_FILTER.kind || filter.status !== NO_FILTER.status

  function clear (): void {
    // The button goes, and the keyboard stays where the filter is.
    filters.current?.focus()
    goTo({ view: 'expressions', filter: NO_FILTER })
  }

  const query = new URLSearchParams({ kind: filter.kind, ...filter.status === 'all' ? {} : { status: filter.status } })
  return (
    <div class='list'>
      <h1>{heading}</h1>
      <Filters kinds={kindsOf(feed.update.expressions)} filter={filter} first={filters} />
      {entries.length > 0 && <Rows entries={entries} nowMs={feed.clock.nowMs() ?? 0} />}
      {entries.length === 0 && !isFiltered && <p class='panel'>{texts.none}</p>}
      {entries.length === 0 && isFiltered && (
        <p class='panel bar-of-buttons'>
          {texts.empty} <button type='button' onClick={clear}>{texts.clear}</button>
        </p>
      )}
      <nav class='bar-of-buttons' aria-label={texts.page(count(page + 1, language), count(pages, language))}>
        {page > 0 && <a rel='prev' {...link(page - 1)}>← {texts.newer}</a>}
        <span>{texts.page(count(page + 1, language), count(pages, language))}</span>
        {page < pages - 1 && <a rel='next' {...link(page + 1)}>{texts.older} →</a>}
        <span class='quiet'>{texts.total(count(total, language))}</span>
      </nav>
      <CurlCommand what={withCurl} request={{ method: 'GET', path: `/api/v1/expressions?${query}` }} />
    </div>
  )
}

interface FiltersProps {
  readonly kinds: readonly string[]
  readonly filter: ListFilter
  /** The first of its fields. */
  readonly first: RefObject<HTMLSelectElement | null>
}

function Filters ({ kinds, filter, first }: FiltersProps) {
  const texts = useTexts(LISTS)
  const { statuses } = useTexts(PICTURE)
  const known = kinds.includes(filter.kind) || filter.kind === 'all' ? kinds : [...kinds, filter.kind]

  function choose (changes: Partial<ListFilter>): void {
    goTo({ view: 'expressions', filter: { ...filter, page: 0, ...changes } })
  }

  return (
    <div class='bar-of-buttons'>
      <label>
        {texts.service}{' '}
        <select
          ref={first} value={filter.kind} onChange={({ currentTarget }) => choose({ kind: currentTarget.value })}
        >
          {['all', ...known].map(kind => <option key={kind} value={kind}>{kind === 'all' ? texts.all : kind}</option>)}
        </select>
      </label>
      <label>
        {texts.status}{' '}
        <select value={filter.status} onChange={({ currentTarget }) => choose({ status: currentTarget.value })}>
          {['all', ...STATUSES].map(status =>
            <option key={status} value={status}>{statuses[status] ?? texts.all}</option>)}
        </select>
      </label>
    </div>
  )
}

function Rows ({ entries, nowMs }: { entries: readonly ListEntry[], nowMs: number }) {
  const texts = useTexts(LISTS)
  const { expressions: heading } = useTexts(FRAME)
  const language = useLanguage()
  const { columns: { id: heads }, result: results } = useTexts(EXPRESSION)
  const columns = [
    { name: heads, isHead: true, isNumber: true }, { name: texts.status },
    { name: results, isNumber: true, isCode: true }, { name: texts.created }, { name: texts.service }
  ]
  return (
    <div class='panel scroll' tabIndex={0} role='region' aria-label={heading}>
      <DataTable columns={columns}>
        {entries.map(entry => {
          const { id, status, result, created_at: createdAt } = entry
          const ageMs = Math.max(0, nowMs - Date.parse(createdAt))
          return (
            <DataRow key={id} columns={columns}>
              <a {...linkTo({ view: 'expression', id, atMs: null })}>{id}</a>
              <StatusMark status={status} />
              {result}
              <time dateTime={createdAt} title={createdAt}>{texts.ago(duration(ageMs, language))}</time>
              {kindOf(entry)}
            </DataRow>
          )
        })}
      </DataTable>
    </div>
  )
}
