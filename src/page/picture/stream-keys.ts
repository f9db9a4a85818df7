import { useState } from 'preact/hooks'
import { type Bar, keyOf } from './bar.js'

/** What the ids of the elements of bars begin with; their keys follow. */
const ID = 'bar-'

/** The keyboard in the task stream: arrows go to the bars beside, and to the nearest bar of the lane above or below. */
export function useStreamKeys (bars: readonly Bar[]) {
  const [chosen, choose] = useState('')
  const current = bars.find(bar => keyOf(bar) === chosen) ?? bars[0]

  function onKeyDown (event: KeyboardEvent): void {
    const next = current === undefined ? undefined : neighbour(bars, current, event.key)
    if (next === undefined) return
    event.preventDefault()
    document.getElementById(ID + keyOf(next))?.focus()
  }

  // A click has focused it, or the arrows have.
  function onFocusIn ({ target }: FocusEvent): void {
    if (target instanceof Element && target.id.startsWith(ID)) choose(target.id.slice(ID.length))
  }

  return { current: current === undefined ? null : keyOf(current), onKeyDown, onFocusIn }
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
