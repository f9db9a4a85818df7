import type { Language } from './languages.js'

/** The symbols of milliseconds, seconds, minutes, hours and days. */
const UNITS: Readonly<Record<Language, readonly [ms: string, s: string, min: string, h: string, d: string]>> = {
  en: ['ms', 's', 'min', 'h', 'd'], ru: ['мс', 'с', 'мин', 'ч', 'д'], es: ['ms', 's', 'min', 'h', 'd']
}

/** A duration in ms as `850 ms`, `2.4 s`, `3 min 5 s`, `5 h 12 min` or `3 d 4 h`. */
export function duration (ms: number, language: Language): string {
  const [milliseconds, seconds, minutes, hours, days] = UNITS[language]
  if (ms < 999.5) return `${count(Math.round(ms), language)} ${milliseconds}`
  if (ms < 59_950) return `${count(Math.round(ms / 100) / 10, language)} ${seconds}`
  const wholeS = Math.round(ms / 1_000)
  if (wholeS < 3_600) return `${Math.floor(wholeS / 60)} ${minutes} ${wholeS % 60} ${seconds}`
  const wholeMin = Math.round(ms / 60_000)
  if (wholeMin < 1_440) return `${Math.floor(wholeMin / 60)} ${hours} ${wholeMin % 60} ${minutes}`
  const wholeH = Math.round(ms / 3_600_000)
  return `${count(Math.floor(wholeH / 24), language)} ${days} ${wholeH % 24} ${hours}`
}

/** What fits into an operation of the tree. */
const MAX_DIGITS = 7

/** A number of an expression in at most `MAX_DIGITS` characters, with a sign of it where it is rounded. */
export function shortNumber (value: number): string {
  const exact = [String(value), value.toExponential()].map(short).find(fits)
  if (exact !== undefined) return exact
  for (let digits = MAX_DIGITS; digits > 0; digits--) {
    const rounded = Number(value.toPrecision(digits))
    const text = [String(rounded), rounded.toExponential()].map(each => `≈${short(each)}`).find(fits)
    if (text !== undefined) return text
  }
  return `≈${short(value.toExponential(0))}`
}

function short (text: string): string {
  return text.replace('e+', 'e')
}

function fits (text: string): boolean {
  return text.length <= MAX_DIGITS
}

const FORMATS = {
  count: {},
  percent: { style: 'percent', maximumFractionDigits: 0 },
  factor: { minimumFractionDigits: 2, maximumFractionDigits: 2 }
} as const satisfies Readonly<Record<string, Intl.NumberFormatOptions>>

/** To make one takes 0.05 ms, and a table has a thousand numbers. */
const formats = new Map<string, Intl.NumberFormat>()

function formatOf (name: keyof typeof FORMATS, language: Language): Intl.NumberFormat {
  const key = `${name} ${language}`
  const known = formats.get(key)
  if (known !== undefined) return known
  const format = new Intl.NumberFormat(language, FORMATS[name])
  formats.set(key, format)
  return format
}

export function count (value: number, language: Language): string {
  return formatOf('count', language).format(value)
}

export function percent (share: number, language: Language): string {
  return formatOf('percent', language).format(share)
}

export function factor (value: number, language: Language): string {
  return `${formatOf('factor', language).format(value)}×`
}

const SIGNS: Readonly<Record<string, string>> = { '*': '×', '/': '÷', '-': '−' }

/** An operation's symbol as it is drawn. */
export function sign (symbol: string): string {
  return SIGNS[symbol] ?? symbol
}

/** A name in at most so many characters. Keeps both ends: generated names differ in the last one. */
export function shortName (name: string, most: number): string {
  // Not between the two halves of an emoji: half of one is no text, and cannot be saved.
  const characters = [...name]
  if (characters.length <= most) return name
  const end = Math.floor(most / 2)
  return [...characters.slice(0, most - end - 1), '…', ...characters.slice(characters.length - end)].join('')
}
