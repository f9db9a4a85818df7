import type { ListUpdate } from '../../client/index.js'
import type { FeedState } from '../live/feed.js'

export function ServerView ({ feed }: { feed: FeedState<ListUpdate> | null }) {
  return <p>{feed?.update?.now}</p>
}
