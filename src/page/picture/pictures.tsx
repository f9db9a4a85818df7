import { useMemo, useState } from 'preact/hooks'
import { criticalPathOf } from '../model/critical-path.js'
import { type Lane, agentOrderOf } from '../model/lanes.js'
import type { Calculation } from '../model/record.js'
import type { Timeline } from '../model/timeline.js'
import { type Folding, foldedOf, layoutTree, planTreeOf } from '../model/tree.js'
import { Deferred } from '../parts/deferred.js'
import { useReducedMotion } from '../parts/use-frames.js'
import { useWidth } from '../parts/use-width.js'
import { useTexts } from '../text/language.js'
import { PICTURE } from '../text/picture.js'
import { barsOf, scaleOf } from './bar.js'
import { LargeCounts } from './large-counts.js'
import { Legend } from './legend.js'
import { Morph, useMorph } from './morph.js'
import { MAX_COUNTED, PhaseCounts } from './phase-counts.js'
import { CANVAS_FROM } from './stream-canvas.js'
import { SaveButtons } from './save-buttons.js'
import { StreamFrame } from './stream-frame.js'
import { heightOf, labelWidth, zoomOf } from './stream-picture.js'
import { numberWidth } from './tree-node.js'
import { TreePicture } from './tree-picture.js'

interface PicturesProps {
  readonly calculation: Calculation
  readonly lanes: readonly Lane[]
  readonly timeline: Timeline
  readonly boundMs: number
  readonly atMs: number
  readonly lit: number | null
  readonly onLight: (id: number | null) => void
}

const SHOWN = ['both', 'tree', 'stream'] as const
type Shown = typeof SHOWN[number]

/** The tree and the task stream of one moment, beside each other or one turned into the other. */
export function Pictures ({ calculation, lanes, timeline, boundMs, atMs, lit, onLight }: PicturesProps) {
  const texts = useTexts(PICTURE)
  const [shown, show] = useState<Shown>('both')
  const isStill = useReducedMotion()
  const target = shown === 'stream' ? 1 : 0
  const share = useMorph(target, isStill || shown === 'both')
  const { ref, width } = useWidth<HTMLDivElement>()
  const { layout, critical, fold } = useTree(calculation)
  const isBetween = shown !== 'both' && share !== target
  const attempts = lanes.reduce((sum, lane) => sum + lane.attempts.length, 0)
  const isCanvas = attempts >= CANVAS_FROM
  const zoom = isCanvas ? 1 : zoomOf(width)
  const streamWidth = width / zoom
  const stream = { calculation, lanes, timeline, boundMs, atMs, width, lit, onLight }

  return (
    <section class='pictures' ref={ref} aria-label={`${texts.tree}, ${texts.stream}`}>
      <div class='bar-of-buttons' role='group' aria-label={texts.show}>
        {SHOWN.map(each => (
          <button key={each} type='button' aria-pressed={each === shown} onClick={() => show(each)}>
            {texts[each]}
          </button>
        ))}
      </div>
      {calculation.operations.length > MAX_COUNTED
        ? <LargeCounts calculation={calculation} lanes={lanes} atMs={atMs} />
        : <PhaseCounts calculation={calculation} atMs={atMs} />}
      {isBetween && (
        <Morph
          calculation={calculation} layout={layout} share={share} width={width} atMs={atMs} zoom={zoom}
          bars={barsOf(lanes, scaleOf(timeline, labelWidth(streamWidth, lanes), streamWidth), atMs)}
          streamHeight={heightOf(lanes) * zoom}
        />
      )}
      {shown !== 'stream' && !isBetween && (
        <>
          <div class='tree-frame scroll'>
            <TreePicture
              calculation={calculation} layout={layout} critical={critical} agents={agentOrderOf(lanes)} atMs={atMs}
              width={width} lit={lit} isStill={isStill} onLight={onLight} onFold={fold}
            />
          </div>
          <SaveButtons
            what={texts.tree} file={`longhand-${calculation.expression.id}-tree`}
            onDraw={() => ref.current?.querySelector<SVGSVGElement>('svg.tree') ?? null}
          />
        </>
      )}
      {shown !== 'tree' && !isBetween && width > 0 && (
        // Not in the frame of the tree: both take long.
        <Deferred frames={isCanvas ? 2 : 0}>
          <StreamFrame {...stream} isCanvas={isCanvas} />
        </Deferred>
      )}
      {useMemo(() => <Legend />, [])}
    </section>
  )
}

/** The tree with what is folded. The structure of a plan never changes, so it is read once. */
function useTree (calculation: Calculation) {
  const { expression: { id }, operations } = calculation
  const structure = useMemo(
    () => ({ plan: planTreeOf(calculation), critical: new Set(criticalPathOf(calculation)) }), [id, operations.length]
  )
  const [folding, setFolding] = useState<Folding>({ folded: new Set(), unfolded: new Set() })
  const hidden = useMemo(() => foldedOf(structure.plan, folding), [structure, folding])
  const layout = useMemo(
    () => layoutTree(calculation, structure.plan, hidden, numberWidth), [calculation, structure, hidden]
  )

  function fold (of: number): void {
    if ((structure.plan.children.get(of) ?? []).length === 0) return
    const folded = new Set(folding.folded)
    const unfolded = new Set(folding.unfolded)
    const [to, from] = hidden.has(of) ? [unfolded, folded] : [folded, unfolded]
    to.add(of)
    from.delete(of)
    setFolding({ folded, unfolded })
  }

  return { layout, critical: structure.critical, fold }
}
