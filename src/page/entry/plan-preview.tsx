import type { Draft } from '../model/draft.js'
import { EffortTable } from '../parts/effort-table.js'
import { EXPRESSION } from '../text/expression.js'
import { count, duration, factor } from '../text/format.js'
import { useLanguage, useTexts } from '../text/language.js'
import { PICTURE } from '../text/picture.js'
import { START } from '../text/start.js'

/** What the plan of a draft takes, as it is written and as the server plans it. */
export function PlanPreview ({ draft: { plan, isLong } }: { draft: Draft }) {
  const texts = useTexts(START)
  const { work, span, most, operations } = useTexts(EXPRESSION)
  const { nothing } = useTexts(PICTURE)
  const language = useLanguage()
  if (isLong) return <p class='quiet'>{texts.long}</p>
  if (plan === null) return null
  if (plan.operations === 0) return <p class='quiet'>{nothing}</p>
  const { written, planned } = plan
  const ms = (value: number): string => duration(value, language)
  return (
    <EffortTable
      class='preview' caption={<caption>{texts.plan} · {operations}: {count(plan.operations, language)}</caption>}
      rows={[
        [work, ms(written.workMs), ms(planned.workMs)],
        [span, ms(written.spanMs), ms(planned.spanMs)],
        [most, factor(written.parallelism, language), factor(planned.parallelism, language)]
      ]}
    />
  )
}
