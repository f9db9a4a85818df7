import { useEffect, useState } from 'preact/hooks'
import { momentOf } from '../model/moment.js'
import { type Calculation } from '../model/record.js'
import type { TreeLayout } from '../model/tree.js'
import { sign } from '../text/format.js'
import { AXIS, BAR_HEIGHT, type Bar } from './bar.js'
import { RADIUS } from './tree-node.js'
import { LEAST_SCALE, mostScale } from './tree-picture.js'

interface MorphProps {
  readonly calculation: Calculation
  readonly layout: TreeLayout
  readonly bars: readonly Bar[]
  readonly atMs: number
  /** 0: the tree; 1: the task stream. */
  readonly share: number
  readonly width: number
  /** Of the bars. */
  readonly zoom: number
  readonly streamHeight: number
}

/** The tree on its way to the task stream: each operation goes from its place in one to its bar in the other. */
export function Morph ({ calculation, layout, bars, atMs, share, width, zoom, streamHeight }: MorphProps) {
  const eased = share * share * (3 - 2 * share)
  const between = (from: number, to: number): number => from + (to - from) * eased
  const scale = Math.min(mostScale(layout), Math.max(LEAST_SCALE, width / layout.width))
  const height = between(layout.height * scale, streamHeight)
  const shift = Math.max(0, (width - layout.width * scale) / 2)
  const last = new Map(bars.map(bar => [bar.attempt.operation, bar]))
  return (
    <svg class='morph' width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden='true'>
      {layout.nodes.map(({ key, x, y, operation }) => {
        if (operation === null) return null
        const bar = last.get(operation.id)
        const to = bar ?? { x: width / zoom, y: AXIS, width: 0 }
        const left = between(x * scale + shift - RADIUS * scale, to.x * zoom)
        const top = between((y - RADIUS) * scale, to.y * zoom)
        const wide = between(2 * RADIUS * scale, to.width * zoom)
        const high = between(2 * RADIUS * scale, BAR_HEIGHT * zoom)
        return (
          <g
            key={key} class='morph-mark' data-phase={momentOf(calculation, operation, atMs).phase}
            opacity={bar === undefined ? 1 - eased : 1}
          >
            <rect x={left} y={top} width={Math.max(0, wide)} height={high} rx={between(RADIUS * scale, 4)} />
            {wide > 14 && <text x={left + wide / 2} y={top + high / 2} dy='0.35em'>{sign(operation.operation)}</text>}
          </g>
        )
      })}
    </svg>
  )
}

/** How long the transition takes, in ms. */
const MORPH_MS = 700

/** How far a transition to 0 or 1 has come; at once where the viewer wants little motion. */
export function useMorph (target: 0 | 1, isStill: boolean): number {
  const [share, setShare] = useState<number>(target)
  useEffect(() => {
    if (isStill || share === target) {
      setShare(target)
      return
    }
    const from = share
    const began = performance.now()
    let frame = requestAnimationFrame(function next (now) {
      const passed = Math.min(1, Math.max(0, (now - began) / MORPH_MS))
      setShare(from + (target - from) * passed)
      if (passed < 1) frame = requestAnimationFrame(next)
    })
    return () => cancelAnimationFrame(frame)
    // From where it is when the target changes.
  }, [target, isStill])
  return isStill ? target : share
}
