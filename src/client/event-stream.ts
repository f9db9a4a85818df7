/** An event of a stream, as `EventSource` would dispatch it. */
export interface StreamEvent {
  readonly type: string
  readonly data: string
  readonly lastEventId: string
}

export interface EventStreamParser {
  /** The events that these bytes complete. They may end anywhere, also within a character. */
  push (bytes: Uint8Array): StreamEvent[]
  /** As of the last event, or of the last empty line: what a reader resumes with. */
  readonly lastEventId: string
  /** The reconnection time that the stream asked for, in ms. */
  readonly retryMs: number | undefined
}

/** "Interpreting an event stream" of the WHATWG HTML standard. */
export function createEventStreamParser (): EventStreamParser {
  // Removes a byte order mark, as the standard's "UTF-8 decode" does.
  const decoder = new TextDecoder()
  let line = ''
  let endsWithCr = false
  let type = ''
  let data: string[] = []
  let id = ''
  let lastEventId = ''
  let retryMs: number | undefined

  function endEvent (): StreamEvent[] {
    lastEventId = id
    const event = { type: type === '' ? 'message' : type, data: data.join('\n'), lastEventId }
    const hasData = data.length > 0
    type = ''
    data = []
    return hasData ? [event] : []
  }

  function readField (name: string, value: string): void {
    if (name === 'event') type = value
    else if (name === 'data') data.push(value)
    else if (name === 'id' && !value.includes('\0')) id = value
    else if (name === 'retry' && /^\d+$/.test(value)) retryMs = Number(value)
  }

  function endLine (): StreamEvent[] {
    const whole = line
    const colon = whole.indexOf(':')
    line = ''
    if (whole === '') return endEvent()
    // A line that begins with a colon is a comment: its name is empty.
    if (colon === -1) readField(whole, '')
    else readField(whole.slice(0, colon), whole.slice(colon + 1).replace(/^ /, ''))
    return []
  }

  return {
    push (bytes) {
      let text = decoder.decode(bytes, { stream: true })
      if (text === '') return []
      // The second half of a line end whose first half came before.
      if (endsWithCr && text.startsWith('\n')) text = text.slice(1)
      endsWithCr = text.endsWith('\r')
      const lines = text.split(/\r\n|\r|\n/)
      const rest = lines.pop() ?? ''
      const events = lines.flatMap(part => {
        line += part
        return endLine()
      })
      line += rest
      return events
    },

    get lastEventId () {
      return lastEventId
    },

    get retryMs () {
      return retryMs
    }
  }
}
