import { type Lane, agentOrderOf } from '../model/lanes.js'
import { type Attempt, type Calculation, operationWith } from '../model/record.js'
import { type Timeline, ticksOf } from '../model/timeline.js'
import { Swatch } from '../parts/swatch.js'
import { duration, shortName } from '../text/format.js'
import { useLanguage, useTexts } from '../text/language.js'
import { PICTURE, type PictureTexts } from '../text/picture.js'
import {
  AXIS, BAR_HEIGHT, type Bar, type BarState, ROW, type Scale, barsOf, keyOf, scaleOf, stateOf, xOf
} from './bar.js'
import { formulaOf } from './describe.js'
import { useStreamKeys } from './stream-keys.js'

export interface StreamPictureProps {
  readonly calculation: Calculation
  readonly lanes: readonly Lane[]
  readonly timeline: Timeline
  readonly boundMs: number
  readonly atMs: number
  /** In px. */
  readonly width: number
  readonly lit: number | null
  readonly onLight: (id: number | null) => void
}

export function StreamPicture (props: StreamPictureProps) {
  const { calculation, lanes, timeline, boundMs, atMs, lit, onLight } = props
  const texts = useTexts(PICTURE)
  const zoom = zoomOf(props.width)
  const width = props.width / zoom
  const scale = scaleOf(timeline, labelWidth(width, lanes), width)
  const bars = barsOf(lanes, scale, atMs)
  const { current, onKeyDown, onFocusIn } = useStreamKeys(bars)
  const height = heightOf(lanes)
  return (
    <svg
      class='stream' width={props.width} height={height * zoom} viewBox={`0 0 ${width} ${height}`}
      role='group' aria-label={`${texts.stream}. ${texts.streamHelp}`} onKeyDown={onKeyDown} onFocusIn={onFocusIn}
    >
      <defs>
        <pattern id='hatch' width='7' height='7' patternUnits='userSpaceOnUse' patternTransform='rotate(45)'>
          <rect class='hatch-ground' width='7' height='7' /><rect class='hatch-line' width='3' height='7' />
        </pattern>
      </defs>
      <Axis timeline={timeline} scale={scale} width={width} height={height} />
      <LaneLabels lanes={lanes} width={labelWidth(width, lanes)} />
      {bars.map(bar => (
        <BarMark
          key={keyOf(bar)} bar={bar} atMs={atMs} calculation={calculation} texts={texts}
          isLit={bar.attempt.operation === lit} isCurrent={keyOf(bar) === current} onLight={onLight}
        />
      ))}
      <Mark
        x={xOf(scale, timeline.fromMs + boundMs)} height={height} name='bound' text={texts.bound} width={width}
      />
      <Mark x={xOf(scale, Math.max(timeline.fromMs, atMs))} height={height} name='now' text='' width={width} />
      {/* Above the marks, so that these do not cross them out. */}
      {bars.map(bar =>
        <BarText key={keyOf(bar)} bar={bar} state={stateOf(bar.attempt, atMs)} texts={wordsOf(bar, props, texts)} />)}
    </svg>
  )
}

/** How much larger than on a desk the stream is drawn: a wide one is projected. */
export function zoomOf (width: number): number {
  return width < 1_070 ? 1 : 1.2
}

/** Before the zoom, in px. */
export function heightOf (lanes: readonly Lane[]): number {
  return AXIS + Math.max(1, lanes.length) * ROW + 22
}

/** About the width of a character, in px. */
export const CHARACTER = 8

/** Of the column of names. */
export function labelWidth (width: number, lanes: readonly Lane[]): number {
  const longest = lanes.reduce((most, { agent }) => Math.max(most, agent?.length ?? 20), 6)
  return Math.min(width < 600 ? 104 : 200, longest * CHARACTER + 16 + MARK)
}

/** What the mark of an agent takes before its name, in px. */
const MARK = 16

interface AxisProps {
  readonly timeline: Timeline
  readonly scale: Scale
  readonly width: number
  readonly height: number
}

function Axis ({ timeline, scale, width, height }: AxisProps) {
  const language = useLanguage()
  return (
    <g class='axis' aria-hidden='true'>
      {ticksOf(timeline, (width - scale.left) / 125).map(ms => {
        const x = xOf(scale, timeline.fromMs + ms)
        return (
          <g key={ms} transform={`translate(${x} 0)`}>
            <line y1={AXIS - 6} y2={height - 22} />
            <text y={AXIS - 11} text-anchor={x > width - 44 ? 'end' : 'middle'} dx={x > width - 44 ? -3 : 0}>
              {duration(ms, language)}
            </text>
          </g>
        )
      })}
    </g>
  )
}

/** The name of an agent at the first of its lanes, and the slots. */
export function LaneLabels ({ lanes, width }: { lanes: readonly Lane[], width: number }) {
  const texts = useTexts(PICTURE)
  const most = Math.floor((width - 12 - MARK) / CHARACTER)
  const agents = agentOrderOf(lanes)
  return (
    <g class='lanes'>
      {lanes.map(({ agent, slot }, index) => {
        const name = agent ?? texts.unnamed
        const y = AXIS + index * ROW
        return (
          <g key={JSON.stringify([agent, slot])} transform={`translate(0 ${y})`}>
            <line x2='100%' data-first={slot === 0 ? '' : undefined} />
            {slot === 0 && <Swatch place={agents.get(agent) ?? 0} size={12} x={6} y={ROW / 2} />}
            <text x={MARK} y={ROW / 2} dy='0.35em' class={slot === 0 ? 'agent' : 'slot'}>
              {slot === 0 ? shortName(name, most) : texts.slot(slot + 1)}
              <title>{`${name}, ${texts.slot(slot + 1)}`}</title>
            </text>
          </g>
        )
      })}
    </g>
  )
}

interface BarMarkProps {
  readonly bar: Bar
  readonly atMs: number
  readonly calculation: Calculation
  readonly texts: PictureTexts
  readonly isLit: boolean
  readonly isCurrent: boolean
  readonly onLight: (id: number | null) => void
}

function BarMark ({ bar, atMs, calculation, texts, isLit, isCurrent, onLight }: BarMarkProps) {
  const { attempt, x, y, width, againX } = bar
  const operation = operationWith(calculation, attempt.operation)
  const formula = operation === undefined ? '' : formulaOf(calculation, operation, atMs)
  const state = stateOf(attempt, atMs)
  const middle = y + BAR_HEIGHT / 2
  const words = state === 'running' ? texts.phases.running : outcomeOf(attempt, texts)
  const label = [
    `#${attempt.operation} ${formula}: ${words}`, texts.by(attempt.agent ?? texts.unnamed),
    ...attempt.number > 1 ? [texts.attempt(attempt.number)] : [], ...attempt.message === null ? [] : [attempt.message]
  ].join(', ')
  return (
    <g
      class='bar' id={`bar-${keyOf(bar)}`} data-operation={attempt.operation} data-state={state}
      data-lit={isLit ? '' : undefined} role='img' aria-label={label} tabindex={isCurrent ? 0 : -1}
      onMouseEnter={() => onLight(attempt.operation)} onMouseLeave={() => onLight(null)}
      onFocus={() => onLight(attempt.operation)} onBlur={() => onLight(null)}
    >
      {state === 'lost' && againX !== null && <line class='gap' x1={x + width} x2={againX} y1={middle} y2={middle} />}
      <rect x={x} y={y} width={width} height={BAR_HEIGHT} rx={Math.min(4, width / 2)} />
      <title>{label}</title>
    </g>
  )
}

function outcomeOf ({ outcome }: Attempt, { outcomes }: PictureTexts): string {
  return outcomes[outcome ?? ''] ?? ''
}

/** What a bar says, the longest first. */
function wordsOf ({ attempt }: Bar, { calculation, atMs }: StreamPictureProps, texts: PictureTexts): string[] {
  const operation = operationWith(calculation, attempt.operation)
  const formula = operation === undefined ? '' : formulaOf(calculation, operation, atMs)
  return stateOf(attempt, atMs) === 'lost'
    ? [`${outcomeOf(attempt, texts)}: ${formula}`, `! ${formula}`, '!']
    : [formula, `#${attempt.operation}`]
}

/** The longest text that fits; of a lost attempt the shortest after the bar where none does. */
function BarText ({ bar: { x, y, width }, state, texts }: { bar: Bar, state: BarState, texts: readonly string[] }) {
  const text = texts.find(each => each.length * CHARACTER + 10 <= width)
  if (text === undefined && state !== 'lost') return null
  return (
    <text
      class='bar-text' data-state={state} x={x + (text === undefined ? width + 3 : 5)} y={y + BAR_HEIGHT / 2}
      dy='0.35em' aria-hidden='true'
    >
      {text ?? '!'}
    </text>
  )
}

interface MarkProps {
  readonly x: number
  readonly height: number
  readonly name: string
  readonly text: string
  readonly width: number
}

/** A moment, as a line through all lanes, on one of the ground, so that it is seen on bars. Its text is never cut. */
function Mark ({ x, height, name, text, width }: MarkProps) {
  return (
    <g class={name} aria-hidden={text === '' ? 'true' : undefined}>
      {['halo', undefined].map(each => <line key={each} class={each} x1={x} x2={x} y1={AXIS - 6} y2={height - 18} />)}
      {text !== '' && (
        <text x={Math.max(text.length * CHARACTER, Math.min(x, width - 4))} y={height - 4} text-anchor='end'>
          {text}
        </text>
      )}
    </g>
  )
}
