import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { shortName } from '../text/format.js'
import { useLanguage, useTexts } from '../text/language.js'
import { PICTURE } from '../text/picture.js'
import { AXIS, ROW, scaleOf } from './bar.js'
import {
  type Colours, type Drawing, FOOT, type Part, barsWithin, coloursOf, drawStream, lanesWithin
} from './stream-drawing.js'
import { CHARACTER, LaneLabels, type StreamPictureProps, heightOf, labelWidth } from './stream-picture.js'

/** From this many bars, the stream is drawn on a canvas, where a bar costs a hundredth of one in an SVG. */
export const CANVAS_FROM = 500

interface StreamCanvasProps extends StreamPictureProps {
  /** What is seen of it. One of 10,000 attempts may have hundreds of lanes, and a canvas of all would take 50 MB. */
  readonly part: Part
}

/** The task stream of many attempts. What it shows is also in the table of operations, for the keyboard. */
export function StreamCanvas ({ part, ...props }: StreamCanvasProps) {
  const { lanes, timeline, atMs, width, onLight } = props
  const texts = useTexts(PICTURE)
  const language = useLanguage()
  const canvas = useRef<HTMLCanvasElement>(null)
  const labels = labelWidth(width, lanes)
  const drawing: Drawing = { ...props, scale: scaleOf(timeline, labels, width), language }
  const { fromMs, perMs } = drawing.scale
  const { top, height } = part
  const bars = useMemo(() => barsWithin(drawing, part), [lanes, fromMs, perMs, width, atMs, top, height])
  const { from, to } = lanesWithin(part, lanes)
  const seenHeight = Math.max(0, height - AXIS - FOOT)

  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (canvas.current === null || context == null) return
    fit(canvas.current, width * devicePixelRatio, height * devicePixelRatio)
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
    drawStream(context, drawing, part, bars, coloursOf(canvas.current))
  })

  function lightAt ({ offsetX, offsetY }: MouseEvent): void {
    const lane = Math.floor((offsetY - AXIS + top) / ROW)
    const found = bars.findLast(bar => bar.lane === lane && bar.x <= offsetX && offsetX <= bar.x + bar.width + 1)
    onLight(found?.attempt.operation ?? null)
  }

  return (
    <div class='stream-canvas' style={{ height: `${heightOf(lanes)}px` }}>
      <div class='stream-part' style={{ height: `${height}px` }}>
        <canvas
          ref={canvas} style={{ height: `${height}px` }} role='img' aria-label={`${texts.stream}. ${texts.streamHelp}`}
          onMouseMove={lightAt} onMouseLeave={() => onLight(null)}
        />
        <svg
          class='stream' width={width} height={seenHeight} aria-hidden='true'
          viewBox={`0 ${AXIS + top - from * ROW} ${width} ${seenHeight}`}
        >
          <LaneLabels lanes={lanes.slice(from, to)} width={labels} />
        </svg>
      </div>
    </div>
  )
}

/** Setting the size of a canvas has the browser make another one. */
function fit (canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== Math.floor(width)) canvas.width = width
  if (canvas.height !== Math.floor(height)) canvas.height = height
}

/** Browsers have no canvas of more, in px. */
const MOST_HEIGHT = 8_000
/** For slides: as many pixels to a px. */
const PIXELS = 2

/** The whole stream on a canvas of its own; of hundreds of lanes, with flatter ones. */
export function wholeStream (
  props: StreamPictureProps, language: Drawing['language'], theme: Element
): HTMLCanvasElement {
  const { lanes, timeline, width } = props
  const drawing: Drawing = { ...props, scale: scaleOf(timeline, labelWidth(width, lanes), width), language }
  const part = { top: 0, height: heightOf(lanes) }
  const canvas = document.createElement('canvas')
  canvas.width = width * PIXELS
  canvas.height = Math.min(part.height * PIXELS, MOST_HEIGHT)
  const context = canvas.getContext('2d')
  if (context === null) return canvas
  const colours = coloursOf(theme)
  context.scale(PIXELS, canvas.height / part.height)
  drawStream(context, drawing, part, barsWithin(drawing, part), colours)
  drawNames(context, drawing, colours)
  return canvas
}

function drawNames (
  context: CanvasRenderingContext2D, { lanes, language, scale }: Drawing, { ink, panel, quiet }: Colours
): void {
  const texts = PICTURE[language]
  const most = Math.floor((scale.left - 12) / CHARACTER)
  context.textAlign = 'start'
  lanes.forEach(({ agent, slot }, index) => {
    const name = slot === 0 ? shortName(agent ?? texts.unnamed, most) : texts.slot(slot + 1)
    context.fillStyle = slot === 0 ? ink : quiet
    context.fillText(name, 0, AXIS + (index + 0.5) * ROW + 5)
  })
  context.globalCompositeOperation = 'destination-over'
  context.fillStyle = panel
  context.fillRect(0, 0, context.canvas.width, context.canvas.height)
}
