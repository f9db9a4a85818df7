import { useEffect, useState } from 'preact/hooks'
import type { ExpressionUpdate, ListUpdate } from '../../client/index.js'
import { patientClient } from './client.js'
import { type FeedState, followExpression, followList } from './feed.js'

/** What the page follows: one source at a time. */
export type Feed =
  | { readonly of: 'list', readonly state: FeedState<ListUpdate> }
  | { readonly of: number, readonly state: FeedState<ExpressionUpdate> }

/** @param id of the expression to follow; null for the list. Null until the first state of this source. */
export function useFeed (id: number | null): Feed | null {
  const [feed, setFeed] = useState<Feed | null>(null)
  useEffect(() => id === null
    ? followList(patientClient, state => setFeed({ of: 'list', state }))
    : followExpression(patientClient, id, state => setFeed({ of: id, state })), [id])
  return feed?.of === (id ?? 'list') ? feed : null
}
