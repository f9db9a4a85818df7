import { useEffect, useState } from 'preact/hooks'
import { SERVER } from '../live/client.js'
import { type ServerFigures, readMetrics, serverFigures } from '../model/metrics.js'
import { CurlCommand } from '../parts/curl-command.js'
import { EXPRESSION } from '../text/expression.js'
import { count, duration, sign } from '../text/format.js'
import { FRAME } from '../text/frame.js'
import { useLanguage, useTexts } from '../text/language.js'
import { LISTS } from '../text/lists.js'
import { PARTS } from '../text/parts.js'

/** How often the metrics are read, in ms. */
const EVERY_MS = 5_000

interface Polled {
  /** The last ones; null before. */
  readonly figures: ServerFigures | null
  readonly isAway: boolean
}

/** The view of an operator: what waits, and whether the server is well. */
export function ServerView () {
  const texts = useTexts(LISTS)
  const { server: heading } = useTexts(FRAME)
  const { loading } = useTexts(EXPRESSION)
  const { withCurl } = useTexts(PARTS)
  const { figures, isAway } = useFigures()
  return (
    <div class='list'>
      <h1>{heading}</h1>
      {isAway && <p class='error' role='alert'>▲ {texts.unreachable}</p>}
      {figures === null ? <p role='status'>{loading}</p> : <Figures figures={figures} />}
      <p class='quiet'>{texts.asOf}</p>
      <CurlCommand what={withCurl} request={{ method: 'GET', path: '/metrics' }} />
      <CurlCommand what={texts.store} request={{ method: 'GET', path: '/health/ready' }} />
    </div>
  )
}

/** The figures, read again while the page is seen. */
function useFigures (): Polled {
  const [polled, setPolled] = useState<Polled>({ figures: null, isAway: false })
  useEffect(() => {
    const ending = new AbortController()

    async function read (): Promise<void> {
      try {
        const response = await fetch(`${SERVER}/metrics`, { signal: ending.signal })
        const text = await response.text()
        setPolled(response.ok
          ? ({ figures }) => ({ figures: serverFigures(readMetrics(text), figures), isAway: false })
          : ({ figures }) => ({ figures, isAway: true }))
      } catch (error) {
        if (ending.signal.aborted) return
        // What fetch throws without an answer.
        if (!(error instanceof TypeError)) throw error
        setPolled(({ figures }) => ({ figures, isAway: true }))
      }
    }

    const poll = (): void => { if (!document.hidden) read().catch(reportError) }
    poll()
    const timer = setInterval(poll, EVERY_MS)
    document.addEventListener('visibilitychange', poll)
    return () => {
      ending.abort()
      clearInterval(timer)
      document.removeEventListener('visibilitychange', poll)
    }
  }, [])
  return polled
}

function Figures ({ figures }: { figures: ServerFigures }) {
  const texts = useTexts(LISTS)
  const language = useLanguage()
  const whole = (value: number): string => Number.isNaN(value) ? '–' : count(value, language)
  const seconds = (value: number): string => Number.isNaN(value) ? '–' : duration(value * 1_000, language)
  const rows: ReadonlyArray<readonly [name: string, value: string]> = [
    [texts.store, figures.isStoreUp ? texts.up : texts.down],
    [texts.openExpressions, whole(figures.openExpressions)],
    [texts.openOperations, whole(figures.openOperations)],
    [texts.oldestUnclaimed, seconds(figures.oldestUnclaimedS)],
    [texts.oldestLease, seconds(figures.oldestLeaseS)],
    [texts.criticalPath, seconds(figures.criticalPathS)],
    [texts.expired, whole(figures.expiredLeases)],
    [texts.streams, whole(figures.eventStreams)]
  ]
  const isUnknown = Number.isNaN(figures.openOperations)
  return (
    <>
      {!figures.isStoreUp && <p class='error' role='alert'>▲ {texts.storeDown}</p>}
      <section class='panel server-figures'>
        <dl>
          {rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd class='number'>{value}</dd></div>)}
        </dl>
      </section>
      <section class='panel'>
        <h2>{texts.backlog}</h2>
        {figures.backlog.length === 0 && <p class='quiet'>{isUnknown ? '–' : texts.noBacklog}</p>}
        {figures.backlog.length > 0 && (
          <table>
            <thead>
              <tr>
                {[texts.operation, texts.ready, texts.leased].map(name => <th key={name} scope='col'>{name}</th>)}
              </tr>
            </thead>
            <tbody>
              {figures.backlog.map(({ operation, ready, leased }) => (
                <tr key={operation}>
                  <th scope='row' class='mono'>{sign(operation)}</th>
                  <td>{count(ready, language)}</td>
                  <td>{count(leased, language)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </>
  )
}
