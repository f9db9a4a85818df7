import type { ListUpdate } from '../../client/index.js'
import { EntryForm } from '../entry/entry-form.js'
import { linkTo } from '../live/address.js'
import type { FeedState } from '../live/feed.js'
import { NO_FILTER } from '../model/route.js'
import { StatusMark } from '../parts/status-mark.js'
import { FRAME } from '../text/frame.js'
import { useTexts } from '../text/language.js'
import { START } from '../text/start.js'

/** Expressions below the form. */
const LATEST = 10

/** A field for an expression, and what was entered before. */
export function StartView ({ feed }: { feed: FeedState<ListUpdate> | null }) {
  const texts = useTexts(START)
  const { start: heading } = useTexts(FRAME)
  return (
    <div class='start'>
      <h1>{heading}</h1>
      <p class='lead'>{texts.lead}</p>
      <EntryForm />
      {feed?.update != null && <Latest update={feed.update} />}
    </div>
  )
}

function Latest ({ update: { expressions } }: { update: ListUpdate }) {
  const texts = useTexts(START)
  const latest = expressions.slice(-LATEST).reverse()
  return (
    <section class='panel latest'>
      <h2>{texts.latest}</h2>
      {latest.length === 0 && <p class='quiet'>{texts.none}</p>}
      <ul>
        {latest.map(({ id, status, result }) => (
          <li key={id}>
            <a {...linkTo({ view: 'expression', id, atMs: null })}>{id}</a>
            <StatusMark status={status} />
            <span class='mono'>{result}</span>
          </li>
        ))}
      </ul>
      {latest.length > 0 && <a {...linkTo({ view: 'expressions', filter: NO_FILTER })}>{texts.all}</a>}
    </section>
  )
}
