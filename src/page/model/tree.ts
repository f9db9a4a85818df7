import { hierarchy, tree } from 'd3-hierarchy'
import type { Operation } from '../../client/index.js'
import { type Calculation, operationWith, sourcesOf } from './record.js'

/** The plan as a tree: an operation below the first that takes it, whichever others take it too. */
export interface PlanTree {
  /** The ids of the roots: the operation that gives the result. */
  readonly roots: readonly number[]
  /** By id: those drawn below it. */
  readonly children: ReadonlyMap<number, readonly number[]>
  /** By id: the operations of its sub-tree, itself included. */
  readonly size: ReadonlyMap<number, number>
  /** Of operations that are taken more than once: the takers other than the one above it. */
  readonly others: ReadonlyArray<readonly [source: number, taker: number]>
}

/** Linear, and without recursion: a plan may be 200,000 operations deep. */
export function planTreeOf (calculation: Pick<Calculation, 'operations'>): PlanTree {
  const { operations } = calculation
  const children = new Map<number, number[]>()
  const others: Array<[number, number]> = []
  const taken = new Set<number>()
  for (const operation of operations) {
    for (const source of sourcesOf(operation)) {
      if (taken.has(source)) {
        others.push([source, operation.id])
        continue
      }
      taken.add(source)
      const known = children.get(operation.id)
      if (known === undefined) children.set(operation.id, [source])
      else known.push(source)
    }
  }
  const size = new Map<number, number>()
  // Operands come before the operations that take them.
  for (const { id } of operations) {
    let sum = 1
    for (const child of children.get(id) ?? []) sum += size.get(child) ?? 0
    size.set(id, sum)
  }
  return { roots: operations.filter(({ id }) => !taken.has(id)).map(({ id }) => id), children, size, others }
}

/** Ids of operations whose sub-trees are hidden or shown against the rule that decides by size. */
export interface Folding {
  readonly folded: ReadonlySet<number>
  readonly unfolded: ReadonlySet<number>
}

/** Operations that are drawn unless more are asked for. */
export const MAX_DRAWN = 120
/** Levels below the result, or below a sub-tree that was unfolded, that are drawn. */
export const MAX_DEPTH = 12

/**
 * The operations whose sub-trees are hidden, so that at most `MAX_DRAWN` are drawn, within `MAX_DEPTH` levels: the tree
 * opens level by level, the larger sub-trees first.
 */
export function foldedOf ({ roots, children, size }: PlanTree, { folded, unfolded }: Folding): Set<number> {
  const hidden = new Set<number>()
  let level = roots.map(id => ({ id, depth: 0 }))
  let drawn = level.length
  while (level.length > 0) {
    const next: typeof level = []
    level.sort((one, other) => size.get(other.id)! - size.get(one.id)! || one.id - other.id)
    for (const { id, depth } of level) {
      const below = children.get(id) ?? []
      if (below.length === 0) continue
      const isUnfolded = unfolded.has(id)
      const isTooMuch = depth >= MAX_DEPTH || drawn + below.length > MAX_DRAWN
      if (folded.has(id) || (isTooMuch && !isUnfolded)) {
        hidden.add(id)
        continue
      }
      drawn += below.length
      next.push(...below.map(child => ({ id: child, depth: isUnfolded ? 0 : depth + 1 })))
    }
    level = next
  }
  return hidden
}

/** A place in a drawing. */
export interface TreeNode {
  /** `7` of an operation; `7.0` of its first operand where that is a number. */
  readonly key: string
  readonly x: number
  readonly y: number
  /** Null for a number. */
  readonly operation: Operation | null
  /** Of a number. */
  readonly value: number | null
  /** The key of the node above; null for a root. */
  readonly above: string | null
  /** Operations of its sub-tree that are hidden. */
  readonly hidden: number
}

export interface TreeLayout {
  readonly width: number
  readonly height: number
  readonly nodes: readonly TreeNode[]
}

interface Datum {
  readonly key: string
  readonly id: number | null
  readonly value: number | null
}

/** Distances between the centres of nodes. */
const STEP_Y = 72
/** Between neighbours. */
const GAP = 10
/** Half the width of an operation, whichever value it comes to. */
export const HALF_WIDTH = 26
const MARGIN = 36

/**
 * The tree from the result down (Buchheim, Jünger and Leipert, 2002, by d3-hierarchy).
 *
 * @param widthOf half the width of a number
 */
export function layoutTree (
  calculation: Pick<Calculation, 'operations'>, plan: PlanTree, hidden: ReadonlySet<number>,
  widthOf: (value: number) => number
): TreeLayout {
  const root = hierarchy<Datum>({ key: '', id: null, value: null }, ({ key, id }) => {
    if (key === '') return plan.roots.map(datumOf)
    return id === null || hidden.has(id) ? [] : childrenOf(calculation, plan, id)
  })
  const place = tree<Datum>().nodeSize([1, STEP_Y])
    .separation(({ data: one }, { data: other }) => halfOf(one, widthOf) + halfOf(other, widthOf) + GAP)
  const placed = place(root).descendants().slice(1)
  const left = placed.reduce((least, { x }) => Math.min(least, x), Infinity)
  const right = placed.reduce((most, { x }) => Math.max(most, x), -Infinity)
  const depth = placed.reduce((most, node) => Math.max(most, node.depth), 0)
  return {
    width: placed.length === 0 ? 0 : right - left + 2 * MARGIN,
    height: (depth - 1) * STEP_Y + 2 * MARGIN,
    nodes: placed.map(({ x, depth, data, parent }) => ({
      key: data.key,
      x: x - left + MARGIN,
      y: (depth - 1) * STEP_Y + MARGIN,
      operation: data.id === null ? null : operationWith(calculation, data.id) ?? null,
      value: data.value,
      above: parent === null || parent.data.key === '' ? null : parent.data.key,
      hidden: data.id !== null && hidden.has(data.id) ? plan.size.get(data.id)! - 1 : 0
    }))
  }
}

function halfOf ({ value }: Datum, widthOf: (value: number) => number): number {
  return value === null ? HALF_WIDTH : widthOf(value)
}

function datumOf (id: number): Datum {
  return { key: String(id), id, value: null }
}

/** In the order in which they are written. */
function childrenOf (calculation: Pick<Calculation, 'operations'>, plan: PlanTree, id: number): Datum[] {
  const operation = operationWith(calculation, id)
  if (operation === undefined) return []
  const below = new Set(plan.children.get(id))
  return operation.operands.flatMap((operand, index) => {
    const source = operation.sources[index] ?? null
    if (source !== null) return below.delete(source) ? datumOf(source) : []
    return typeof operand === 'number' ? { key: `${id}.${index}`, id: null, value: operand } : []
  })
}
