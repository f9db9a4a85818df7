import { useMemo } from 'preact/hooks'
import type { Lane } from '../model/lanes.js'
import { progressOf } from '../model/many.js'
import type { Calculation } from '../model/record.js'
import { count } from '../text/format.js'
import { useLanguage, useTexts } from '../text/language.js'
import { PICTURE } from '../text/picture.js'

interface LargeCountsProps {
  readonly calculation: Calculation
  readonly lanes: readonly Lane[]
  readonly atMs: number
}

/** How often they are counted, in ms. */
const EVERY_MS = 200

/** How many operations of a large plan are running and completed. */
export function LargeCounts ({ calculation, lanes, atMs }: LargeCountsProps) {
  const { phases } = useTexts(PICTURE)
  const language = useLanguage()
  const progress = useMemo(
    () => progressOf(calculation, lanes, atMs),
    [lanes, Math.floor(atMs / EVERY_MS), calculation.finishedMs === atMs]
  )
  const { total } = calculation.expression.operations
  return (
    <p class='phase-counts number'>
      {(['running', 'completed'] as const).map(phase => (
        <span key={phase} class='phase' data-phase={phase}>
          {phases[phase]} <strong>{count(progress[phase], language)}</strong>
          {phase === 'completed' && ` / ${count(total, language)}`}
        </span>
      ))}
    </p>
  )
}
