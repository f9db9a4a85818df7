import type { Lane } from '../model/lanes.js'
import { type Calculation, operationWith } from '../model/record.js'
import { type Timeline, ticksOf } from '../model/timeline.js'
import { duration, sign } from '../text/format.js'
import type { Language } from '../text/languages.js'
import { PICTURE } from '../text/picture.js'
import {
  AXIS, BAR_HEIGHT, type Bar, type BarState, ROW, type Scale, barsOf, shownWidth, stripesOf, xOf
} from './bar.js'

/** What a canvas shows of the task stream. */
export interface Drawing {
  readonly calculation: Calculation
  readonly lanes: readonly Lane[]
  readonly timeline: Timeline
  readonly scale: Scale
  readonly boundMs: number
  readonly atMs: number
  /** In px. */
  readonly width: number
  readonly lit: number | null
  readonly language: Language
}

/** The lanes that are seen, in px. */
export interface Part {
  /** How far they are scrolled. */
  readonly top: number
  /** Of all that is seen, with the axis above and the room below. */
  readonly height: number
}

/** The lanes of a part: from one index up to another. */
export function lanesWithin ({ top, height }: Part, lanes: readonly Lane[]): { from: number, to: number } {
  const from = Math.min(Math.max(0, Math.floor(top / ROW)), lanes.length)
  return { from, to: Math.min(lanes.length, Math.ceil((top + height - AXIS) / ROW)) }
}

/** The bars of the lanes of a part. */
export function barsWithin ({ lanes, scale, atMs }: Drawing, part: Part): Bar[] {
  const { from, to } = lanesWithin(part, lanes)
  return barsOf(lanes, scale, atMs, from, to)
}

export type Colours = Readonly<Record<'ink' | 'quiet' | 'critical' | 'panel' | BarState, string>>

/** The colours of the theme. */
export function coloursOf (element: Element): Colours {
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

/** A narrower bar has no text, in px. */
const LEAST_TEXT = 24

/** The room below the lanes, in px. */
export const FOOT = 20

/** Draws the lanes of a part, with the axis above them. */
export function drawStream (
  context: CanvasRenderingContext2D, drawing: Drawing, part: Part, bars: readonly Bar[], colours: Colours
): void {
  const { timeline, scale, boundMs, atMs, width, language } = drawing
  const { height } = part
  context.clearRect(0, 0, width, height)
  context.font = '14px sans-serif'
  drawAxis(context, drawing, colours)
  inLanes(() => drawBars(context, bars, atMs, colours))
  const boundX = xOf(scale, timeline.fromMs + boundMs)
  drawLine(context, boundX, height, colours.panel, 5, [])
  drawLine(context, boundX, height, colours.critical, 1.5, [6, 4])
  drawLine(context, xOf(scale, Math.max(timeline.fromMs, atMs)), height, colours.ink, 1.5, [])
  const text = PICTURE[language].bound
  context.textAlign = 'end'
  context.fillStyle = colours.critical
  context.fillText(text, Math.max(context.measureText(text).width, Math.min(width - 4, boundX)), height - 4)
  inLanes(() => drawSigns(context, drawing, bars, colours))

  function inLanes (draw: () => void): void {
    context.save()
    context.beginPath()
    context.rect(0, AXIS, width, height - AXIS - FOOT)
    context.clip()
    context.translate(0, -part.top)
    draw()
    context.restore()
  }
}

function drawAxis (
  context: CanvasRenderingContext2D, { timeline, scale, width, language }: Drawing, { quiet }: Colours
): void {
  context.fillStyle = quiet
  context.textAlign = 'center'
  for (const ms of ticksOf(timeline, (width - scale.left) / 125)) {
    const x = xOf(scale, timeline.fromMs + ms)
    context.fillText(duration(ms, language), Math.min(x, width - 24), AXIS - 11)
  }
}

function drawBars (
  context: CanvasRenderingContext2D, bars: readonly Bar[], atMs: number, colours: Colours
): void {
  for (const { state, x, y, width } of stripesOf(bars, atMs)) {
    context.fillStyle = colours[state]
    // In vain, or ended by something else: not as high as the others.
    const isThin = state === 'lost' || state === 'cancelled'
    if (isThin) context.fillRect(x, y + BAR_HEIGHT / 3, width, BAR_HEIGHT / 3)
    else context.fillRect(x, y, width, BAR_HEIGHT)
  }
}

function drawSigns (
  context: CanvasRenderingContext2D, { calculation, lit }: Drawing, bars: readonly Bar[], colours: Colours
): void {
  context.textAlign = 'start'
  context.strokeStyle = colours.ink
  context.lineWidth = 2
  for (const { attempt: { operation: id }, x, y, width } of bars) {
    if (id === lit) context.strokeRect(x, y, shownWidth(width), BAR_HEIGHT)
    if (width < LEAST_TEXT) continue
    context.fillStyle = colours.panel
    context.fillText(sign(operationWith(calculation, id)?.operation ?? ''), x + 4, y + BAR_HEIGHT / 2 + 4)
  }
}

function drawLine (
  context: CanvasRenderingContext2D, x: number, height: number, colour: string, width: number, dash: number[]
): void {
  context.strokeStyle = colour
  context.lineWidth = width
  context.setLineDash(dash)
  context.beginPath()
  context.moveTo(x, AXIS - 6)
  context.lineTo(x, height - FOOT)
  context.stroke()
  context.setLineDash([])
}
