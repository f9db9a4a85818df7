import { useState } from 'preact/hooks'
import { type Bar, keyOf } from './bar.js'

/** The keyboard in the task stream: arrows go to the bars beside, and to the nearest bar of the lane above or below. */
export function useStreamKeys (bars: readonly Bar[]) {
  const [chosen, choose] = useState('')
  const current = bars.find(bar => keyOf(bar) === chosen) ?? bars[0]

  function onKeyDown (event: KeyboardEvent): void {
    const next = current === undefined ? undefined : neighbour(bars, current, event.key)
    if (next === undefined) return
    event.preventDefault()
    choose(keyOf(next))
    document.getElementById(`bar-${keyOf(next)}`)?.focus()
  }

  return { current: current === undefined ? null : keyOf(current), onKeyDown }
}

function neighbour (bars: readonly Bar[], { lane, x }: Bar, arrow: string): Bar | undefined {
  switch (arrow) {
    case 'ArrowLeft': return bars.filter(bar => bar.lane === lane && bar.x < x).at(-1)
    case 'ArrowRight': return bars.find(bar => bar.lane === lane && bar.x > x)
    case 'ArrowUp': return nearest(bars.filter(bar => bar.lane === lane - 1), x)
    case 'ArrowDown': return nearest(bars.filter(bar => bar.lane === lane + 1), x)
    default: return undefined
  }
}

function nearest (bars: readonly Bar[], x: number): Bar | undefined {
  return bars.toSorted((one, other) => Math.abs(one.x - x) - Math.abs(other.x - x))[0]
}
