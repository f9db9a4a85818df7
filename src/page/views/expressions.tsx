import type { ListUpdate } from '../../client/index.js'
import type { FeedState } from '../live/feed.js'
import type { ListFilter } from '../model/route.js'

export function ExpressionsView ({ feed, filter }: { feed: FeedState<ListUpdate> | null, filter: ListFilter }) {
  return <p>{filter.kind} {feed?.update?.now}</p>
}
