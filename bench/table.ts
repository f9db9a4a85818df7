import type { Figure } from './statistics.js'

/** One figure beside its reference. */
export interface Row {
  readonly what: string
  readonly measured: Figure
  /** Measured in the same run, or a bound that follows from the workload. */
  readonly reference?: { readonly what: string, readonly figure: Figure } | undefined
  /** Measured to reference. */
  readonly ratio?: number | undefined
  /** Absent where the design has none. */
  readonly target?: Target | undefined
}

export interface Target {
  readonly text: string
  readonly met: boolean
}

/** A measure that was skipped, and why. */
export interface Skipped {
  readonly what: string
  readonly skipped: string
}

/** A measure that failed or gave a wrong result. */
export interface Failed {
  readonly what: string
  readonly failed: string
}

export type Entry = Row | Skipped | Failed

const HEADINGS = ['what', 'measured', 'spread', 'reference', 'reference value', 'ratio', 'target', 'met']

/** A target for a figure or ratio of at most `limit`. */
export function atMost (value: number, limit: number, unit = ''): Target {
  return { text: `≤ ${inUnit(limit, unit)}`, met: value <= limit }
}

/** A target for a figure or ratio of at least `limit`. */
export function atLeast (value: number, limit: number, unit = ''): Target {
  return { text: `≥ ${inUnit(limit, unit)}`, met: value >= limit }
}

/** Two targets for one row, both of which have to be met. */
export function both (one: Target, other: Target): Target {
  return { text: `${one.text}, ${other.text}`, met: one.met && other.met }
}

/** The entries as one table. */
export function table (entries: readonly Entry[]): string {
  return grid([HEADINGS, ...entries.map(cells)])
}

/** A Markdown table with aligned columns. The first line is its head; all lines have the same number of cells. */
export function grid (lines: ReadonlyArray<readonly string[]>): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map(line => line[column]!.length)))
  const [head = '', ...rest] = lines.map(line => `| ${line.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`)
  return [head, `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...rest].join('\n')
}

function cells (entry: Entry): string[] {
  if ('skipped' in entry) return [entry.what, `skipped: ${entry.skipped}`, '', '', '', '', '', '']
  if ('failed' in entry) return [entry.what, `FAILED: ${entry.failed}`, '', '', '', '', '', '']
  const { what, measured, reference, ratio, target } = entry
  return [
    what,
    inUnit(measured.median, measured.unit),
    spread(measured),
    reference?.what ?? '',
    reference === undefined ? '' : inUnit(reference.figure.median, reference.figure.unit),
    ratio === undefined ? '' : rounded(ratio),
    target?.text ?? '',
    target === undefined ? '' : target.met ? 'yes' : 'NO'
  ]
}

function spread ({ low, high }: Figure): string {
  return `${rounded(low)}–${rounded(high)}`
}

function inUnit (value: number, unit: string): string {
  return unit === '' ? rounded(value) : `${rounded(value)} ${unit}`
}

/** With three significant digits and thousands separators. */
function rounded (value: number): string {
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
  return value.toLocaleString('en-US', { maximumFractionDigits: digits })
}
