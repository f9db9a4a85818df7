import { useEffect, useState } from 'preact/hooks'
import type { ExpressionUpdate, ListUpdate } from '../../client/index.js'
import { requestFrame } from '../parts/frame.js'
import { patientClient } from './client.js'
import { type FeedState, followExpression, followList } from './feed.js'

/** What the page follows: one source at a time. */
export type Feed =
  | { readonly of: 'list', readonly state: FeedState<ListUpdate> }
  | { readonly of: number, readonly state: FeedState<ExpressionUpdate> }

/** @param id of the expression to follow; null for the list. Null until the first state of this source. */
export function useFeed (id: number | null): Feed | null {
  const [feed, setFeed] = useState<Feed | null>(null)
  useEffect(() => {
    const { show, cancel } = createNewest(setFeed)
    const stop = id === null
      ? followList(patientClient, state => show({ of: 'list', state }))
      : followExpression(patientClient, id, state => show({ of: id, state }))
    return () => {
      stop()
      cancel()
    }
  }, [id])
  return feed?.of === (id ?? 'list') ? feed : null
}

/** Shows the newest of the states that come before a frame: those of 10,000 operations come in tens at once. */
function createNewest (showNow: (feed: Feed) => void) {
  let newest: Feed | null = null
  let cancel: (() => void) | null = null

  function apply (): void {
    cancel = null
    if (newest !== null) showNow(newest)
  }

  return {
    show (feed: Feed): void {
      newest = feed
      // A hidden page has no frames.
      if (document.hidden) showNow(feed)
      else cancel ??= requestFrame(apply)
    },
    cancel: (): void => cancel?.()
  }
}
