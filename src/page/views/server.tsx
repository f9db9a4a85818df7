import { useServerState } from '../live/use-server-state.js'
import type { ServerFigures } from '../model/metrics.js'
import type { Failure, Readiness, ServerState } from '../model/server-state.js'
import { CurlCommand } from '../parts/curl-command.js'
import { DataRow, DataTable } from '../parts/data-table.js'
import { Shape, type ShapeName } from '../parts/shape.js'
import { EXPRESSION } from '../text/expression.js'
import { count, duration, sign } from '../text/format.js'
import { FRAME } from '../text/frame.js'
import { useLanguage, useTexts } from '../text/language.js'
import { PARTS } from '../text/parts.js'
import { SERVER_TEXTS } from '../text/server.js'

/** The view of an operator: what waits, and whether the server is well. */
export function ServerView () {
  const texts = useTexts(SERVER_TEXTS)
  const { server: heading } = useTexts(FRAME)
  const { loading, columns } = useTexts(EXPRESSION)
  const { withCurl } = useTexts(PARTS)
  const state = useServerState()
  return (
    <div class='list'>
      <h1>{heading}</h1>
      {state === null ? <p role='status'>{loading}</p> : <State state={state} />}
      <p class='quiet'>{texts.asOf}</p>
      <CurlCommand what={withCurl} request={{ method: 'GET', path: '/metrics' }} />
      <CurlCommand what={columns.phase} request={{ method: 'GET', path: '/health/ready' }} />
    </div>
  )
}

function State ({ state: { figures, readiness, failure } }: { state: ServerState }) {
  const texts = useTexts(SERVER_TEXTS)
  const { columns } = useTexts(EXPRESSION)
  return (
    <>
      {failure !== null && (
        <p class='error' role='alert'>▲ <Reason failure={failure} />{figures !== null && ` ${texts.lastFigures}`}</p>
      )}
      {readiness === 'draining' && <p role='status'>{texts.draining}</p>}
      {figures?.isStoreUp === false && <p class='error' role='alert'>▲ {texts.storeDown} {texts.lastFigures}</p>}
      <section class='panel server-figures'>
        <dl>
          <div><dt>{columns.phase}</dt><dd><ReadinessMark readiness={readiness} /></dd></div>
          {figures !== null && <FigureList figures={figures} />}
        </dl>
      </section>
      {figures !== null && <Backlog figures={figures} />}
    </>
  )
}

function Reason ({ failure }: { failure: Failure }) {
  const texts = useTexts(SERVER_TEXTS)
  if (failure.kind === 'unanswered') return <>{texts.unreachable}</>
  const text = texts.refused(failure.status, failure.message)
  return <>{text.endsWith('.') ? text : `${text}.`}</>
}

const SHAPES: Readonly<Record<Readiness, ShapeName>> = {
  accepting: 'check', draining: 'half', store_unavailable: 'cross', unknown: 'ring'
}

function ReadinessMark ({ readiness }: { readiness: Readiness }) {
  const { states } = useTexts(SERVER_TEXTS)
  return (
    <span class='readiness' data-readiness={readiness}><Shape name={SHAPES[readiness]} />{states[readiness]}</span>
  )
}

function FigureList ({ figures }: { figures: ServerFigures }) {
  const texts = useTexts(SERVER_TEXTS)
  const language = useLanguage()
  const whole = (value: number): string => Number.isNaN(value) ? '–' : count(value, language)
  const seconds = (value: number): string => Number.isNaN(value) ? '–' : duration(value * 1_000, language)
  const rows: ReadonlyArray<readonly [name: string, value: string]> = [
    [texts.openExpressions, whole(figures.openExpressions)],
    [texts.openOperations, whole(figures.openOperations)],
    [texts.oldestUnclaimed, seconds(figures.oldestUnclaimedS)],
    [texts.oldestLease, seconds(figures.oldestLeaseS)],
    [texts.criticalPath, seconds(figures.criticalPathS)],
    [texts.expired, whole(figures.expiredLeases)],
    [texts.streams, whole(figures.eventStreams)]
  ]
  const { isStoreUp } = figures
  return (
    <>
      <div>
        <dt>{texts.store}</dt>
        <dd>
          <span class='readiness' data-readiness={isStoreUp ? 'accepting' : 'store_unavailable'}>
            <Shape name={isStoreUp ? 'check' : 'cross'} />{isStoreUp ? texts.up : texts.down}
          </span>
        </dd>
      </div>
      {rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd class='number'>{value}</dd></div>)}
    </>
  )
}

function Backlog ({ figures: { backlog, openOperations } }: { figures: ServerFigures }) {
  const texts = useTexts(SERVER_TEXTS)
  const language = useLanguage()
  const { columns: { operation: name } } = useTexts(EXPRESSION)
  const columns = [
    { name, isHead: true, isCode: true },
    { name: texts.ready, isNumber: true }, { name: texts.leased, isNumber: true }
  ]
  return (
    <section class='panel backlog'>
      <h2>{texts.backlog}</h2>
      {backlog.length === 0
        ? <p class='quiet'>{Number.isNaN(openOperations) ? '–' : texts.noBacklog}</p>
        : (
          <DataTable columns={columns}>
            {backlog.map(({ operation, ready, leased }) => (
              <DataRow key={operation} columns={columns}>
                {sign(operation)}
                {count(ready, language)}
                {count(leased, language)}
              </DataRow>
            ))}
          </DataTable>
          )}
    </section>
  )
}
