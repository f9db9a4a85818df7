/** A fenced block of code. */
export interface Block {
  readonly language: string
  readonly text: string
}

/** The fenced blocks in order. */
export function blocksOf (markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }))
}

/** The section `## title`, up to the next heading of that level. @throws if it does not exist */
export function sectionOf (markdown: string, title: string): string {
  const [, section] = markdown.split(`\n## ${title}\n`)
  if (section === undefined) throw new Error(`There is no section "${title}"`)
  return section.split(/^## /m)[0]!
}

/** The rows of all tables without their heads, as texts of cells. */
export function rowsOf (markdown: string): string[][] {
  return [...markdown.matchAll(/^\|(?: -+ \|)+\n((?:\|.*\|\n)*)/gm)]
    .flatMap(([, rows = '']) => rows.split('\n').slice(0, -1))
    .map(row => row.slice(1, -1).split('|').map(cell => cell.trim()))
}

/** The text without fenced blocks. */
export function proseOf (markdown: string): string {
  return markdown.replace(/^```.*?^```$/gms, '')
}
