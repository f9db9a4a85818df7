import type { IncomingMessage } from 'node:http'

/**
 * The values of every header line of this name, in order of arrival. Decisions on access must not use `headers`: of two
 * lines Node keeps the first or joins both, depending on the name.
 *
 * @param name in lower case
 */
export function linesOf ({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>, name: string): string[] {
  const values: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const found = rawHeaders[index] ?? ''
    if (found.length === name.length && found.toLowerCase() === name) values.push(rawHeaders[index + 1] ?? '')
  }
  return values
}

/** Whether `isWanted` accepts the name of any header line, in lower case. */
export function hasLine (
  { rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>, isWanted: (name: string) => boolean
): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (isWanted(rawHeaders[index]?.toLowerCase() ?? '')) return true
  }
  return false
}
