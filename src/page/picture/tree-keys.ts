import { useMemo, useState } from 'preact/hooks'
import type { TreeLayout, TreeNode } from '../model/tree.js'

/** What the ids of the elements of operations begin with; their keys follow. */
const ID = 'node-'

/**
 * The keyboard in the tree: one operation is in the order of the Tab key; arrows go to the operation above, the first
 * below, and its neighbours in the same row. Enter and Space fold.
 */
export function useTreeKeys ({ nodes }: TreeLayout, onFold: (id: number) => void) {
  const operations = useMemo(() => nodes.filter(({ operation }) => operation !== null), [nodes])
  const [chosen, choose] = useState('')
  const current = operations.find(({ key }) => key === chosen) ?? operations[0]

  function onKeyDown (event: KeyboardEvent): void {
    if (current?.operation == null) return
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      onFold(current.operation.id)
      return
    }
    const next = neighbour(operations, current, event.key)
    if (next === undefined) return
    event.preventDefault()
    document.getElementById(ID + next.key)?.focus()
  }

  // A click has focused it, or the arrows have.
  function onFocusIn ({ target }: FocusEvent): void {
    if (target instanceof Element && target.id.startsWith(ID)) choose(target.id.slice(ID.length))
  }

  return { current: current?.key ?? null, onKeyDown, onFocusIn }
}

function neighbour (
  operations: readonly TreeNode[], { key, above, x, y }: TreeNode, arrow: string
): TreeNode | undefined {
  const row = operations.filter(other => other.y === y).sort((one, other) => one.x - other.x)
  switch (arrow) {
    case 'ArrowUp': return operations.find(other => other.key === above)
    case 'ArrowDown': return operations.filter(other => other.above === key).sort((one, other) => one.x - other.x)[0]
    case 'ArrowLeft': return row.filter(other => other.x < x).at(-1)
    case 'ArrowRight': return row.find(other => other.x > x)
    case 'Home': return operations[0]
    default: return undefined
  }
}
