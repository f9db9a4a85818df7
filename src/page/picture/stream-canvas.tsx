import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { operationWith } from '../model/record.js'
import { ticksOf } from '../model/timeline.js'
import { duration, sign } from '../text/format.js'
import { useLanguage, useTexts } from '../text/language.js'
import { PICTURE } from '../text/picture.js'
import { AXIS, BAR_HEIGHT, type Bar, type BarState, ROW, barsOf, scaleOf, stateOf, xOf } from './bar.js'
import { LaneLabels, type StreamPictureProps, heightOf, labelWidth } from './stream-picture.js'

/** From this many bars, the stream is drawn on a canvas, where a bar costs a hundredth of one in an SVG. */
export const CANVAS_FROM = 500

/** The task stream of many attempts. What it shows is also in the table of operations, for the keyboard. */
export function StreamCanvas (props: StreamPictureProps) {
  const { calculation, lanes, timeline, boundMs, atMs, width, lit, onLight } = props
  const texts = useTexts(PICTURE)
  const language = useLanguage()
  const canvas = useRef<HTMLCanvasElement>(null)
  const height = heightOf(lanes)
  const scale = scaleOf(timeline, labelWidth(width, lanes), width)
  const { fromMs, perMs } = scale
  const bars = useMemo(() => barsOf(lanes, scale, atMs), [lanes, fromMs, perMs, width, atMs])

  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (canvas.current === null || context == null) return
    const ratio = devicePixelRatio
    canvas.current.width = width * ratio
    canvas.current.height = height * ratio
    context.scale(ratio, ratio)
    const colours = coloursOf(canvas.current)
    context.font = '14px sans-serif'
    context.fillStyle = colours.quiet
    context.textAlign = 'center'
    for (const ms of ticksOf(timeline, (width - scale.left) / 90)) {
      const x = xOf(scale, timeline.fromMs + ms)
      context.fillText(duration(ms, language), Math.min(x, width - 24), AXIS - 11)
    }
    context.textAlign = 'start'
    for (const bar of seenOf(bars)) {
      const operation = operationWith(calculation, bar.attempt.operation)
      drawBar(context, bar, colours, atMs, lit, operation?.operation ?? '')
    }
    drawLine(context, xOf(scale, timeline.fromMs + boundMs), height, colours.critical, [6, 4])
    drawLine(context, xOf(scale, Math.max(timeline.fromMs, atMs)), height, colours.ink, [])
    context.textAlign = 'end'
    context.fillStyle = colours.critical
    context.fillText(texts.bound, Math.min(width - 4, xOf(scale, timeline.fromMs + boundMs)), height - 4)
  })

  function lightAt ({ offsetX, offsetY }: MouseEvent): void {
    const lane = Math.floor((offsetY - AXIS) / ROW)
    const found = bars.findLast(bar => bar.lane === lane && bar.x <= offsetX && offsetX <= bar.x + bar.width + 1)
    onLight(found?.attempt.operation ?? null)
  }

  return (
    <div class='stream-canvas'>
      <canvas
        ref={canvas} role='img' aria-label={`${texts.stream}. ${texts.streamHelp}`}
        onMouseMove={lightAt} onMouseLeave={() => onLight(null)}
      />
      <svg class='stream' width={width} height={height} aria-hidden='true'>
        <LaneLabels lanes={lanes} width={labelWidth(width, lanes)} />
      </svg>
    </div>
  )
}

/** A narrower bar has no text, in px. */
const LEAST_TEXT = 24

/** Less than this of a bar would be seen beside the one before, in px. */
const UNSEEN = 0.3

/** The bars that change a pixel, so that what is drawn is bounded by the size of the picture. */
function seenOf (bars: readonly Bar[]): Bar[] {
  let lane = -1
  let end = 0
  return bars.filter(bar => {
    if (bar.lane !== lane) end = -Infinity
    lane = bar.lane
    if (bar.x + bar.width < end + UNSEEN) return false
    end = bar.x + bar.width
    return true
  })
}

type Colours = Readonly<Record<'ink' | 'quiet' | 'critical' | 'panel' | BarState, string>>

function coloursOf (element: HTMLElement): Colours {
  const style = getComputedStyle(element)
  const colour = (name: string): string => style.getPropertyValue(`--${name}`)
  return {
    ink: colour('ink'),
    quiet: colour('quiet'),
    critical: colour('critical'),
    completed: colour('completed'),
    running: colour('running'),
    lost: colour('expired'),
    cancelled: colour('dropped'),
    panel: colour('panel')
  }
}

function drawBar (
  context: CanvasRenderingContext2D, { attempt, x, y, width }: Bar, colours: Colours, atMs: number, lit: number | null,
  symbol: string
): void {
  const state = stateOf(attempt, atMs)
  const isThin = state === 'lost' || state === 'cancelled'
  context.fillStyle = colours[state]
  // Neighbours of no time would run into one.
  const shown = width > 4 ? width - 1 : width
  if (isThin) context.fillRect(x, y + BAR_HEIGHT / 3, shown, BAR_HEIGHT / 3)
  else context.fillRect(x, y, shown, BAR_HEIGHT)
  if (attempt.operation === lit) {
    context.strokeStyle = colours.ink
    context.lineWidth = 2
    context.strokeRect(x, y, shown, BAR_HEIGHT)
  }
  if (width < LEAST_TEXT) return
  context.fillStyle = colours.panel
  context.fillText(sign(symbol), x + 4, y + BAR_HEIGHT / 2 + 4)
}

function drawLine (context: CanvasRenderingContext2D, x: number, height: number, colour: string, dash: number[]): void {
  context.strokeStyle = colour
  context.lineWidth = 1.5
  context.setLineDash(dash)
  context.beginPath()
  context.moveTo(x, AXIS - 6)
  context.lineTo(x, height - 18)
  context.stroke()
  context.setLineDash([])
}
