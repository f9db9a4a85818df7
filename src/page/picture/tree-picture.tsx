import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { AgentOrder } from '../model/lanes.js'
import { type Moment, momentOf } from '../model/moment.js'
import { type Calculation } from '../model/record.js'
import { type TreeLayout, type TreeNode } from '../model/tree.js'
import { shortNumber } from '../text/format.js'
import { useTexts } from '../text/language.js'
import { useGrowing } from '../parts/use-growing.js'
import { PICTURE, type PictureTexts } from '../text/picture.js'
import { labelOf } from './describe.js'
import { LEAF_HALF, RADIUS, TreeNodeMark, type NamedAgent } from './tree-node.js'
import { useTreeKeys } from './tree-keys.js'

interface TreePictureProps {
  readonly calculation: Calculation
  readonly layout: TreeLayout
  /** Ids of the operations on the longest path. */
  readonly critical: ReadonlySet<number>
  readonly atMs: number
  readonly lit: number | null
  readonly isStill: boolean
  readonly agents: AgentOrder
  /** What it has for the tree, in px; 0 before that is known. */
  readonly width: number
  readonly onLight: (id: number | null) => void
  readonly onFold: (id: number) => void
}

/** How long a value takes to reach the operation that takes it, in ms. */
const FLIGHT_MS = 600

/** A node costs a browser about 0.2 ms. */
const NODES_A_FRAME = 80

/** A tree is drawn as small as necessary, down to this. */
export const LEAST_SCALE = 0.6

/** And as large as its frame allows, up to this: a flat one larger than one that would scroll. */
export function mostScale ({ height }: TreeLayout): number {
  return Math.max(1.6, Math.min(2, 600 / height))
}

/** A tree of more, or one that is drawn smaller, has no room for the names of agents. */
const MAX_NAMED = 40
const LEAST_NAMED_SCALE = 0.8

export function TreePicture (props: TreePictureProps) {
  const { calculation, layout, critical, agents, atMs, width, lit, isStill, onLight, onFold } = props
  const texts = useTexts(PICTURE)
  const byKey = useMemo(() => new Map(layout.nodes.map(node => [node.key, node])), [layout])
  const { current, onKeyDown, onFocusIn } = useTreeKeys(layout, onFold)
  const picture = useRef<SVGSVGElement>(null)
  useLayoutEffect(() => showRoot(picture.current, layout), [layout.width])
  const isNamed = layout.nodes.length <= MAX_NAMED && width >= layout.width * LEAST_NAMED_SCALE
  // From the result down, so that the node above one is there.
  const nodes = layout.nodes.slice(0, useGrowing(layout.nodes.length, NODES_A_FRAME))
  const drawn = nodes.map(node => {
    if (node.operation === null) return { node, moment: null, label: '' }
    const moment = momentOf(calculation, node.operation, atMs)
    return { node, moment, label: labelOf(calculation, node.operation, moment, atMs, texts) }
  })
  // At the end, time stands still.
  const isOver = calculation.finishedMs !== null && atMs >= calculation.finishedMs
  return (
    <svg
      ref={picture} class='tree' width={layout.width * mostScale(layout)}
      style={{ minWidth: `${layout.width * LEAST_SCALE}px` }}
      viewBox={`0 0 ${layout.width} ${layout.height + 18}`}
      role='group' aria-label={`${texts.tree}. ${texts.treeHelp}`} onKeyDown={onKeyDown} onFocusIn={onFocusIn}
    >
      {nodes.map(node =>
        <Edge key={node.key} node={node} above={byKey.get(node.above ?? '')} critical={critical} />)}
      {drawn.map(({ node, moment, label }) => (
        <TreeNodeMark
          key={node.key} node={node} moment={moment}
          label={label} agent={isNamed ? agentOf(moment, agents, texts) : null}
          isRight={(byKey.get(node.above ?? '')?.x ?? node.x) < node.x}
          isCritical={node.operation !== null && critical.has(node.operation.id)}
          isLit={node.operation !== null && node.operation.id === lit}
          isCurrent={node.key === current}
          onLight={onLight} onFold={onFold}
        />
      ))}
      {!isStill && !isOver && drawn.map(({ node, moment }) => {
        const above = byKey.get(node.above ?? '')
        const flewMs = atMs - (moment?.completedMs ?? -Infinity)
        if (moment === null || moment.value === null || above === undefined || flewMs >= FLIGHT_MS) return null
        const text = shortNumber(moment.value)
        return <Flight key={node.key} from={node} to={above} share={flewMs / FLIGHT_MS} text={text} />
      })}
    </svg>
  )
}

/** Whose attempt goes on. */
function agentOf (moment: Moment | null, agents: AgentOrder, { unnamed }: PictureTexts): NamedAgent | null {
  if (moment === null || moment.phase !== 'running' || moment.attempt === null) return null
  const { agent } = moment.attempt
  return { name: agent ?? unnamed, place: agents.get(agent) ?? 0 }
}

/** Scrolls a wide tree so that the result is in the middle. */
function showRoot (picture: SVGSVGElement | null, { nodes, width }: TreeLayout): void {
  const frame = picture?.parentElement
  const root = nodes[0]
  if (picture === null || frame == null || root === undefined) return
  const shown = picture.getBoundingClientRect().width / width
  frame.scrollLeft = root.x * shown - frame.clientWidth / 2
}

interface EdgeProps {
  readonly node: TreeNode
  readonly above: TreeNode | undefined
  readonly critical: ReadonlySet<number>
}

function Edge ({ node, above, critical }: EdgeProps) {
  if (above === undefined) return null
  const top = node.y - (node.operation === null ? LEAF_HALF : RADIUS)
  const isCritical = node.operation !== null && above.operation !== null &&
    critical.has(node.operation.id) && critical.has(above.operation.id)
  const middle = (node.y + above.y) / 2
  return (
    <path
      class='edge' data-critical={isCritical ? '' : undefined}
      d={`M${node.x} ${top}C${node.x} ${middle} ${above.x} ${middle} ${above.x} ${above.y + RADIUS}`}
    />
  )
}

/** A value on its way to the operation that takes it: along its edge, on the side where no sibling is. */
function Flight ({ from, to, share, text }: { from: TreeNode, to: TreeNode, share: number, text: string }) {
  const eased = share * share * (3 - 2 * share)
  const rest = 1 - eased
  // The curve of the edge: both of its inner points are half-way up.
  const [begin, end] = [from.y - RADIUS, to.y + RADIUS]
  const inner = 3 * rest * eased
  const x = from.x * rest * (rest * rest + inner) + to.x * eased * (eased * eased + inner)
  const y = begin * rest ** 3 + inner * (from.y + to.y) / 2 + end * eased ** 3
  const isRight = from.x > to.x
  return (
    <text
      class='flight' x={x + (isRight ? BESIDE : -BESIDE)} y={y} dy='0.35em' text-anchor={isRight ? 'start' : 'end'}
      aria-hidden='true'
    >
      {text}
    </text>
  )
}

/** Between a value and its edge, in px. */
const BESIDE = 5
