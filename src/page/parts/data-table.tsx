import type { ComponentChildren, HTMLAttributes } from 'preact'

export interface Column {
  readonly name: string
  /** Numbers end at the same edge. */
  readonly isNumber?: boolean
  /** Its cells name their rows. */
  readonly isHead?: boolean
  readonly isCode?: boolean
}

/**
 * A table that becomes a card for each row where it is narrow. The roles are written out, because elements that are
 * laid out as blocks lose theirs in some browsers.
 */
export function DataTable ({ columns, children }: { columns: readonly Column[], children: ComponentChildren }) {
  return (
    <table class='cards' role='table'>
      <thead role='rowgroup'>
        <tr role='row'>
          {columns.map(({ name, isNumber }) =>
            <th key={name} scope='col' role='columnheader' class={isNumber === true ? 'right' : undefined}>{name}</th>)}
        </tr>
      </thead>
      <tbody role='rowgroup'>{children}</tbody>
    </table>
  )
}

interface DataRowProps extends Omit<HTMLAttributes<HTMLTableRowElement>, 'children'> {
  readonly columns: readonly Column[]
  /** One for each column; one without contents is left out of a card. */
  readonly children: readonly ComponentChildren[]
}

export function DataRow ({ columns, children, ...row }: DataRowProps) {
  return (
    <tr {...row} role='row'>
      {columns.map((column, index) => {
        const { name, isHead } = column
        const cell = { 'data-label': name, class: classOf(column) }
        return isHead === true
          ? <th key={name} {...cell} scope='row' role='rowheader'>{children[index]}</th>
          : <td key={name} {...cell} role='cell'>{children[index]}</td>
      })}
    </tr>
  )
}

function classOf ({ isNumber, isCode }: Column): string | undefined {
  const names = [isNumber === true ? 'right' : '', isCode === true ? 'mono' : ''].filter(name => name !== '')
  return names.length === 0 ? undefined : names.join(' ')
}
