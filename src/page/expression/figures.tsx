import type { Figures as Values } from '../model/figures.js'
import type { Calculation } from '../model/record.js'
import { EffortTable } from '../parts/effort-table.js'
import { EXPRESSION } from '../text/expression.js'
import { count, duration, factor, percent } from '../text/format.js'
import { useLanguage, useTexts } from '../text/language.js'

/** The numbers beside the pictures. */
export function Figures ({ calculation, values }: { calculation: Calculation, values: Values }) {
  const texts = useTexts(EXPRESSION)
  const language = useLanguage()
  const { explain } = texts
  const { expression: { plan: { before } } } = calculation
  const ms = (value: number): string => duration(value, language)
  const rows: ReadonlyArray<readonly [name: string, written: string, planned: string, why: string]> = [
    [texts.work, ms(before.work_ms), ms(values.workMs), explain.work],
    [texts.span, ms(before.span_ms), ms(values.spanMs), explain.span],
    [texts.most, factor(before.parallelism, language), factor(values.mostSpeedUp, language), explain.most]
  ]
  const now: ReadonlyArray<readonly [name: string, value: string, why?: string]> = [
    [texts.elapsed, values.elapsedMs === null ? '–' : ms(values.elapsedMs)],
    [texts.bound, values.boundMs === 0 ? '–' : ms(values.boundMs), explain.bound],
    [texts.speedUp, values.speedUp === null ? '–' : factor(values.speedUp, language), explain.speedUp],
    [texts.busy, values.busy === null ? '–' : count(Math.round(values.busy * 100) / 100, language), explain.busy],
    [texts.slots, count(values.slots, language), explain.slots],
    [texts.utilisation, values.utilisation === null ? '–' : percent(values.utilisation, language), explain.utilisation],
    [texts.lost, count(values.lost, language)]
  ]
  return (
    <section class='figures panel'>
      <h2>{texts.figures}</h2>
      <EffortTable rows={rows} />
      <dl>
        {now.map(([name, value, why]) => (
          <div key={name}><dt><span title={why}>{name}</span></dt><dd class='number'>{value}</dd></div>
        ))}
      </dl>
      <ul class='explain quiet'>
        {[...rows.map(([name, , , why]) => [name, why]), ...now.map(([name, , why]) => [name, why])]
          .map(([name, why]) => why !== undefined && <li key={name}>{name}: {why}.</li>)}
      </ul>
    </section>
  )
}
