import type { ComponentChildren } from 'preact'
import { EXPRESSION } from '../text/expression.js'
import { useTexts } from '../text/language.js'

interface EffortTableProps {
  readonly class?: string
  readonly caption?: ComponentChildren
  readonly rows: ReadonlyArray<readonly [name: string, written: string, planned: string, why?: string]>
}

/** Figures of an expression as it is written and as it is planned. */
export function EffortTable ({ class: name, caption, rows }: EffortTableProps) {
  const texts = useTexts(EXPRESSION)
  return (
    <table class={name}>
      {caption}
      <thead>
        <tr>
          <td />
          <th scope='col' class='right'>{texts.written}</th>
          <th scope='col' class='right'>{texts.planned}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, written, planned, why]) => (
          <tr key={name}>
            <th scope='row'><span title={why}>{name}</span></th>
            <td class='right'>{written}</td>
            <td class='right' data-better={written === planned ? undefined : ''}>{planned}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
