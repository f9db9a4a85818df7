/** Text that is HTML. */
export class Html {
  readonly text: string

  constructor (text: string) {
    this.text = text
  }
}

export type HtmlPart = Html | string | number | readonly HtmlPart[]

/** Writes HTML: what is inserted is escaped, as text or as the value of an attribute in quotes, unless it is HTML. */
export function html (strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(strings.map((string, index) => index === 0 ? string : textOf(parts[index - 1]!) + string).join(''))
}

function textOf (part: HtmlPart): string {
  if (part instanceof Html) return part.text
  return typeof part === 'object' ? part.map(textOf).join('') : escape(String(part))
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'
}

function escape (text: string): string {
  return text.replace(/[&<>"']/g, char => ENTITIES[char] ?? char)
}
