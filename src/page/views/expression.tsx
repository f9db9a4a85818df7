import type { ExpressionUpdate } from '../../client/index.js'
import type { FeedState } from '../live/feed.js'

interface ExpressionViewProps {
  readonly id: number
  readonly atMs: number | null
  readonly feed: FeedState<ExpressionUpdate> | null
}

export function ExpressionView ({ id, atMs, feed }: ExpressionViewProps) {
  return <p>{id} {atMs} {feed?.update?.now}</p>
}
