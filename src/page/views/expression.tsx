import { useMemo, useState } from 'preact/hooks'
import type { ExpressionUpdate } from '../../client/index.js'
import { Controls } from '../expression/controls.js'
import { Figures } from '../expression/figures.js'
import { Heading } from '../expression/heading.js'
import { OperationsTable } from '../expression/operations-table.js'
import type { Connection, FeedState } from '../live/feed.js'
import { boundOf, figuresOf, slotsOf } from '../model/figures.js'
import { agentOrderOf, lanesOf } from '../model/lanes.js'
import { LIVE, type Playback, isMoving, lastMoment, shownMoment } from '../model/playback.js'
import { type Calculation, calculationOf } from '../model/record.js'
import { timelineOf } from '../model/timeline.js'
import { CurlCommand } from '../parts/curl-command.js'
import { Deferred } from '../parts/deferred.js'
import { useFrames, useReducedMotion } from '../parts/use-frames.js'
import { usePaced } from '../parts/use-paced.js'
import { Pictures } from '../picture/pictures.js'
import { EXPRESSION } from '../text/expression.js'
import { useTexts } from '../text/language.js'
import { PARTS } from '../text/parts.js'
import { PICTURE } from '../text/picture.js'

interface ExpressionViewProps {
  readonly id: number
  /** The moment to show, in ms after the submission; null for the present. */
  readonly atMs: number | null
  readonly feed: FeedState<ExpressionUpdate> | null
}

/** An expression while it is worked out, and any moment of it afterwards. */
export function ExpressionView ({ id, atMs, feed }: ExpressionViewProps) {
  const texts = useTexts(EXPRESSION)
  const error = feed?.error ?? null
  const isRefused = error !== null && feed?.connection === 'refused'
  const refusal = error?.code === 'expression_unknown' ? texts.unknown(id) : error?.message
  if (feed?.update == null) return <p role='status'>{refusal ?? texts.loading}</p>
  return (
    <>
      {isRefused && <p class='error' role='alert'>▲ {refusal}</p>}
      {/* A server that began with an empty store gives the same id to another expression. */}
      <Working key={feed.update.expression.created_at} atMs={atMs} feed={feed} update={feed.update} />
    </>
  )
}

interface WorkingProps {
  readonly atMs: number | null
  readonly feed: FeedState<ExpressionUpdate>
  readonly update: ExpressionUpdate
}

/** How often the figures are computed, and the table is written, while they change, in ms. */
const FIGURES_EVERY_MS = 200
const TABLE_EVERY_MS = 1_000
/** Without the server, the present is not known. */
const STILL: readonly Connection[] = ['away', 'paused', 'refused']
/** Of so many operations, the figures are those of the frame, and the table is written with each change. */
const SMALL = 50

function Working ({ atMs: linkedMs, feed, update }: WorkingProps) {
  const calculation = usePaced(update, calculationOf, update.expression.finished_at !== undefined)
  const [playback, setPlayback] = useState<Playback>(() => linkedMs === null
    ? LIVE
    : { mode: 'paused', atMs: calculation.createdMs + linkedMs })
  const [speed, setSpeed] = useState(1)
  const [lit, setLit] = useState<number | null>(null)
  const isStill = useReducedMotion()
  const now = feed.clock.nowMs()
  const atMs = shownMoment(playback, calculation, now, performance.now())
  const isGone = feed.connection === 'refused'
  const isFollowed = playback.mode === 'playing' || !STILL.includes(feed.connection)
  useFrames(isMoving(playback, calculation, atMs) && isFollowed, isStill)
  const isFinal = calculation.finishedMs !== null
  const lanes = usePaced(calculation, lanesOf, isFinal)
  const isPaused = playback.mode === 'paused'
  const isLarge = calculation.operations.length > SMALL
  const shownMs = isPaused || !isLarge ? atMs : roughly(calculation, atMs, FIGURES_EVERY_MS)
  const tableMs = isPaused ? atMs : roughly(calculation, atMs, isLarge ? TABLE_EVERY_MS : FIGURES_EVERY_MS)
  // Not with each frame: the rows of a table cost more than the pictures.
  const table = useMemo(
    () => (
      <Deferred frames={4}>
        <OperationsTable
          calculation={calculation} agents={agentOrderOf(lanes)} atMs={tableMs} lit={lit} onLight={setLit}
        />
      </Deferred>
    ),
    [tableMs, lit, isFinal, isLarge ? null : calculation]
  )
  const figures = useFigures(calculation, lanes, shownMs, isFinal)
  // The stream is long enough for everything, so that it does not change its scale during a replay.
  const whole = usePaced(calculation, of => boundOf(of, slotsOf(lanes, Infinity)), isFinal)
  const timeline = timelineOf(calculation, Math.max(whole, figures.boundMs), lastMoment(calculation, now))
  const { nothing } = useTexts(PICTURE)
  const figuresPanel = useMemo(() => <Figures calculation={calculation} values={figures} />, [figures])
  if (calculation.operations.length === 0) {
    return (
      <div class='expression'>
        <Heading calculation={calculation} atMs={atMs} isGone={isGone} />
        <p>{nothing}</p>
        <Commands id={calculation.expression.id} canCancel={!isFinal && !isGone} />
      </div>
    )
  }
  return (
    <div class='expression'>
      <Heading calculation={calculation} atMs={atMs} isGone={isGone} />
      <div class='columns'>
        <div class='column'>
          <Controls
            calculation={calculation} playback={playback} speed={speed} atMs={atMs}
            lastMs={lastMoment(calculation, now)} onPlayback={setPlayback} onSpeed={setSpeed}
          />
          <Deferred frames={isLarge ? 1 : 0}>
            <Pictures
              calculation={calculation} lanes={lanes} timeline={timeline} boundMs={figures.boundMs} atMs={atMs}
              lit={lit} onLight={setLit}
            />
          </Deferred>
        </div>
        {figuresPanel}
      </div>
      {table}
      <Commands id={calculation.expression.id} canCancel={!isFinal && !isGone} />
    </div>
  )
}

/** What the page does here, for a shell. */
function Commands ({ id, canCancel }: { id: number, canCancel: boolean }) {
  const { poll, follow, operations, cancel } = useTexts(EXPRESSION)
  const { withCurl } = useTexts(PARTS)
  const path = `/api/v1/expressions/${id}`
  return (
    <details class='panel'>
      <summary>{withCurl}</summary>
      <CurlCommand what={poll} request={{ method: 'GET', path: `${path}?wait=30` }} />
      <CurlCommand what={follow} request={{ method: 'GET', path: `${path}/events`, isStream: true }} />
      <CurlCommand what={operations} request={{ method: 'GET', path: `${path}/operations` }} />
      {canCancel && <CurlCommand what={cancel} request={{ method: 'DELETE', path }} />}
    </details>
  )
}

function useFigures (calculation: Calculation, lanes: ReturnType<typeof lanesOf>, atMs: number, isFinal: boolean) {
  const changes = `${atMs} ${calculation.expression.operations.completed} ${lanes.length}`
  return usePaced(changes, () => figuresOf(calculation, lanes, atMs), isFinal)
}

/** The moment, as far as numbers follow it; the end of an expression exactly. */
function roughly ({ createdMs, finishedMs }: Calculation, atMs: number, everyMs: number): number {
  if (atMs === finishedMs) return atMs
  return createdMs + Math.floor((atMs - createdMs) / everyMs) * everyMs
}
