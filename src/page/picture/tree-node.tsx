import type { Moment } from '../model/moment.js'
import { HALF_WIDTH, type TreeNode } from '../model/tree.js'
import { Swatch } from '../parts/swatch.js'
import { shortName, shortNumber, sign } from '../text/format.js'

/** Radius of an operation, and half the height of everything. */
export const RADIUS = 20
/** Half the height of a number. */
export const LEAF_HALF = 13

/** The character in the corner of an operation, so that its phase is not told by colour alone. */
export const BADGES: Readonly<Record<Moment['phase'], string>> = {
  waiting: '', ready: '▸', running: '', expired: '!', completed: '✓', failed: '✕', dropped: '–'
}

export interface NamedAgent {
  readonly name: string
  /** Among the agents of the expression. */
  readonly place: number
}

interface TreeNodeProps {
  readonly node: TreeNode
  /** Null for a number. */
  readonly moment: Moment | null
  readonly label: string
  /** Who works on it, if that is to be shown. */
  readonly agent: NamedAgent | null
  /** Whether its edge comes from the left. */
  readonly isRight: boolean
  readonly isCritical: boolean
  readonly isLit: boolean
  readonly isCurrent: boolean
  readonly onLight: (id: number | null) => void
  readonly onFold: (id: number) => void
}

/** A number, or an operation: its sign until its value is known. */
export function TreeNodeMark (
  { node, moment, label, agent, isRight, isCritical, isLit, isCurrent, onLight, onFold }: TreeNodeProps
) {
  const { x, y, operation, value } = node
  if (operation === null || moment === null) {
    const text = shortNumber(value ?? 0)
    const half = numberWidth(value ?? 0)
    return (
      <g class='leaf' transform={`translate(${x} ${y})`}>
        <rect x={-half} y={-LEAF_HALF} width={2 * half} height={2 * LEAF_HALF} rx={4} />
        <text dy='0.35em'>{text}</text>
      </g>
    )
  }
  const { phase, progress, lost, attempt } = moment
  const text = moment.value === null ? sign(operation.operation) : shortNumber(moment.value)
  const half = text.length > 4 ? HALF_WIDTH : RADIUS
  const badge = phase === 'running' && lost > 0 ? String(attempt?.number ?? '') : BADGES[phase]
  return (
    <g
      class='node' id={`node-${operation.id}`} transform={`translate(${x} ${y})`} role='img' aria-label={label}
      data-phase={phase} data-critical={isCritical ? '' : undefined} data-lit={isLit ? '' : undefined}
      data-operation={operation.id} tabindex={isCurrent ? 0 : -1}
      onMouseEnter={() => onLight(operation.id)} onMouseLeave={() => onLight(null)}
      onFocus={() => onLight(operation.id)} onBlur={() => onLight(null)}
      onClick={() => onFold(operation.id)}
    >
      {isCritical && <Pill name='critical' half={half + 5} radius={RADIUS + 5} corner={cornerOf(phase, RADIUS) + 5} />}
      <Pill name='body' half={half} radius={RADIUS} corner={cornerOf(phase, RADIUS)} />
      {phase === 'running' && <Ring progress={progress} />}
      <text class={textClass(text, moment.value !== null)} dy='0.35em'>{text}</text>
      {moment.value !== null && (
        <Origin text={sign(operation.operation)} half={half} isRight={isRight} />
      )}
      {badge !== '' && (
        <g class='badge' transform={`translate(${half - 3} ${RADIUS - 4})`}>
          <circle r={8} />
          <text dy='0.35em'>{badge}</text>
        </g>
      )}
      {agent !== null && node.hidden === 0 && <AgentLabel agent={agent} />}
      {node.hidden > 0 && (
        <g class='folded' transform={`translate(0 ${RADIUS + 14})`}>
          <rect x={-24} y={-9} width={48} height={18} rx={9} />
          <text dy='0.35em'>+{node.hidden}</text>
        </g>
      )}
      <title>{label}</title>
    </g>
  )
}

/** What gave the value: a sign beside it, or the name of a function above it, on the side where no edge is. */
function Origin ({ text, half, isRight }: { text: string, half: number, isRight: boolean }) {
  return text.length === 1
    ? <text class='origin' x={-half - 4} y={-RADIUS + 8}>{text}</text>
    : <text class={isRight ? 'origin name right' : 'origin name'} x={isRight ? 3 : -3} y={-RADIUS - 7}>{text}</text>
}

/** What fits between two neighbours, and about the width of a character, in px. */
const MAX_NAME = 7
const CHARACTER = 6.4
const MARK = 9

/** The agent of a running operation, below it. */
function AgentLabel ({ agent: { name, place } }: { agent: NamedAgent }) {
  const text = shortName(name, MAX_NAME)
  const width = MARK + 3 + text.length * CHARACTER
  const left = -width / 2
  return (
    <g class='agent' transform={`translate(0 ${RADIUS + 13})`}>
      <rect class='ground' x={left - 2} y={-8} width={width + 4} height={16} rx={3} />
      <Swatch place={place} size={MARK} x={left + MARK / 2} />
      <text x={left + MARK + 3} dy='0.35em'>{text}</text>
    </g>
  )
}

/** A sign is large, and a long value is small. */
function textClass (text: string, isValue: boolean): string {
  if (text.length > 4) return 'long value'
  return isValue || text.length > 1 ? 'value' : 'sign'
}

/** Of the body of an operation: one that has failed is square, so that its shape differs too. */
export function cornerOf (phase: Moment['phase'], radius: number): number {
  return phase === 'failed' ? 4 : radius
}

function Pill ({ name, half, radius, corner }: { name: string, half: number, radius: number, corner: number }) {
  return <rect class={name} x={-half} y={-radius} width={2 * half} height={2 * radius} rx={corner} />
}

/** Fills over the time that the operation takes. */
function Ring ({ progress }: { progress: number }) {
  const length = 2 * Math.PI * RADIUS
  return (
    <g class='ring'>
      <circle class='track' r={RADIUS} />
      <circle r={RADIUS} transform='rotate(-90)' stroke-dasharray={`${length * progress} ${length}`} />
    </g>
  )
}

/** Half the width of a number. */
export function numberWidth (value: number): number {
  return Math.max(13, shortNumber(value).length * 4 + 6)
}
