import type { Language } from './language.js'

/** A duration in ms as `850 ms`, `2.4 s` or `3 min 05 s`. */
export function duration (ms: number, language: Language): string {
  if (ms < 1_000) return unit(Math.round(ms), 'millisecond', language)
  if (ms < 60_000) return unit(Math.round(ms / 100) / 10, 'second', language)
  const seconds = Math.round(ms / 1_000)
  return `${unit(Math.floor(seconds / 60), 'minute', language)} ${unit(seconds % 60, 'second', language)}`
}

function unit (value: number, name: 'millisecond' | 'second' | 'minute', language: Language): string {
  return new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: 1 })
    .format(value)
}

/** A number of an expression: never rounded without a sign of it. */
export function shortNumber (value: number): string {
  const text = String(value)
  if (text.length <= 8) return text
  const short = String(Number(value.toPrecision(5)))
  return Number(short) === value ? short : `≈${short}`
}

export function count (value: number, language: Language): string {
  return new Intl.NumberFormat(language).format(value)
}

export function percent (share: number, language: Language): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(share)
}

export function factor (value: number, language: Language): string {
  return `${new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value)}×`
}

const SIGNS: Readonly<Record<string, string>> = { '*': '×', '/': '÷', '-': '−' }

/** An operation's symbol as it is drawn. */
export function sign (symbol: string): string {
  return SIGNS[symbol] ?? symbol
}
