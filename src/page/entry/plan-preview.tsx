import type { Draft, Planned } from '../model/draft.js'
import { EXPRESSION } from '../text/expression.js'
import { count, duration, factor } from '../text/format.js'
import { useLanguage, useTexts } from '../text/language.js'
import { START } from '../text/start.js'

/** What the plan of a draft takes, as it is written and as the server plans it. */
export function PlanPreview ({ draft: { plan, isLong } }: { draft: Draft }) {
  const texts = useTexts(START)
  const { work, span, most, written: asWritten } = useTexts(EXPRESSION)
  const language = useLanguage()
  if (isLong) return <p class='quiet'>{texts.long}</p>
  if (plan === null) return null
  if (plan.operations === 0) return <p class='quiet'>{texts.number}</p>
  const { written, planned } = plan
  const rows: ReadonlyArray<readonly [name: string, of: (effort: Planned) => string]> = [
    [work, ({ workMs }) => duration(workMs, language)],
    [span, ({ spanMs }) => duration(spanMs, language)],
    [most, ({ parallelism }) => factor(parallelism, language)]
  ]
  return (
    <table class='preview'>
      <caption>{texts.plan} · {texts.operations(count(plan.operations, language))}</caption>
      <thead>
        <tr>
          <td />
          <th scope='col' class='right'>{asWritten}</th>
          <th scope='col' class='right'>{texts.planned}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, of]) => (
          <tr key={name}>
            <th scope='row'>{name}</th>
            <td class='right'>{of(written)}</td>
            <td class='right' data-better={of(written) === of(planned) ? undefined : ''}>{of(planned)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
