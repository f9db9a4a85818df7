export type JsonObject = Readonly<Record<string, unknown>>

/** A JSON string, a bracket or separator, or any other scalar. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g

export function isObject (value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The text of a member's value, of a JSON text that is an object and known to be valid. (JSON.parse
 * shows the source text to its reviver only from Node 22 on.) Of equal names the last counts, as
 * for JSON.parse.
 */
export function rawMember (json: string, name: string): string | undefined {
  let depth = 0
  let key: unknown
  let start = -1
  let found: string | undefined
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    if (depth === 1) {
      if (start < 0 && token.startsWith('"')) {
        key = JSON.parse(token)
      } else if (token === ':') {
        start = index + 1
      } else if (token === ',' || token === '}') {
        if (key === name && start >= 0) found = json.slice(start, index).trim()
        start = -1
      }
    }
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
  }
  return found
}

/** The text of an object with one member more; of equal names the last counts. */
export function withMember (object: string, member: string): string {
  const end = object.lastIndexOf('}')
  const isEmpty = /^\s*\{\s*$/.test(object.slice(0, end))
  return `${object.slice(0, end)}${isEmpty ? '' : ','}${member}}`
}
