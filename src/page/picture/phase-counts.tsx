import { type Phase, momentOf } from '../model/moment.js'
import type { Calculation } from '../model/record.js'
import { count } from '../text/format.js'
import { useLanguage, useTexts } from '../text/language.js'
import { PICTURE } from '../text/picture.js'

const SHOWN: readonly Phase[] = ['running', 'ready', 'expired', 'waiting', 'completed', 'failed', 'dropped']

/** To count more with each frame would take too long. */
export const MAX_COUNTED = 500

/** How many operations run at the same time, and what the others do. */
export function PhaseCounts ({ calculation, atMs }: { calculation: Calculation, atMs: number }) {
  const { phases } = useTexts(PICTURE)
  const language = useLanguage()
  const { operations } = calculation
  if (operations.length === 0 || operations.length > MAX_COUNTED) return null
  const counts = new Map<Phase, number>()
  for (const operation of operations) {
    const { phase } = momentOf(calculation, operation, atMs)
    counts.set(phase, (counts.get(phase) ?? 0) + 1)
  }
  return (
    <p class='phase-counts number'>
      {SHOWN.filter(phase => phase === 'running' || counts.has(phase)).map(phase => (
        <span key={phase} class='phase' data-phase={phase}>
          {phases[phase]} <strong>{count(counts.get(phase) ?? 0, language)}</strong>
        </span>
      ))}
    </p>
  )
}
