/** A JSON string, a bracket or separator, or any other scalar. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g

/**
 * The source text of a member's value in a valid JSON object; undefined when there is no such member. Of equal names
 * the last counts, as for JSON.parse, which shows the source text to its reviver only from Node 22 on.
 */
export function memberText (json: string, name: string): string | undefined {
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
export function appendMember (object: string, member: string): string {
  const end = object.lastIndexOf('}')
  const isEmpty = /^\s*\{\s*$/.test(object.slice(0, end))
  return `${object.slice(0, end)}${isEmpty ? '' : ','}${member}}`
}
