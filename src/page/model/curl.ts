/** A request to the server. */
export interface CurlRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the server, with its query. */
  readonly path: string
  readonly body?: object
  /** Whether the answer is a stream, which curl is to print as it comes. */
  readonly isStream?: boolean
}

/** The same request as a command for a POSIX shell. */
export function curlLine (server: string, { method, path, body, isStream = false }: CurlRequest): string {
  return [
    'curl',
    ...isStream ? ['-N'] : [],
    ...method === 'GET' || (method === 'POST' && body !== undefined) ? [] : ['-X', method],
    quoted(server + path),
    ...body === undefined ? [] : ['-H', quoted('Content-Type: application/json'), '-d', quoted(JSON.stringify(body))]
  ].join(' ')
}

/** As one word of a shell, whatever it contains. */
function quoted (text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
