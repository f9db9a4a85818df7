import type { Test } from 'tap'

/** An event as it came. */
export interface Event {
  readonly event: string
  readonly id: string
  readonly data: Data
}

interface Data {
  readonly now: string
  readonly expression?: Record<string, unknown>
  readonly operations?: ReadonlyArray<Record<string, unknown> & { readonly id: number }>
  readonly expressions?: ReadonlyArray<Record<string, unknown> & { readonly id: number }>
  readonly deleted?: readonly number[]
  readonly agents?: ReadonlyArray<Record<string, unknown>>
  readonly all_agents?: true
  readonly more?: true
}

export type EventReader = Awaited<ReturnType<typeof openEvents>>

/** Opens an event stream, and reads it event by event. */
export async function openEvents (t: Test, url: string, headers: Record<string, string> = {}) {
  const abort = new AbortController()
  t.teardown(() => abort.abort())
  const response = await fetch(url, { headers, signal: abort.signal })
  const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''

  /** The next block of lines; null at the end. */
  async function block (): Promise<string | null> {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end !== -1) {
        const found = text.slice(0, end)
        text = text.slice(end + 2)
        return found
      }
      const { done, value } = await chunks!.read()
      if (done) return null
      text += value
    }
  }

  return {
    response,
    block,

    /** The next event, without comments; null at the end. */
    async next (): Promise<Event | null> {
      for (;;) {
        const found = await block()
        if (found === null) return null
        const fields = new Map(found.split('\n').map(line => {
          const colon = line.indexOf(': ')
          return [line.slice(0, colon), line.slice(colon + 2)]
        }))
        const data = fields.get('data')
        if (data === undefined) continue
        return { event: fields.get('event')!, id: fields.get('id')!, data: JSON.parse(data) }
      }
    },

    close: (): void => abort.abort()
  }
}

/** What a reader knows that applies events of an expression. */
export function createKnowledge () {
  let expression: Record<string, unknown> | undefined
  const operations = new Map<number, Record<string, unknown>>()
  return {
    apply ({ event, data }: Event): void {
      if (event === 'start') {
        expression = undefined
        operations.clear()
      }
      if (data.expression !== undefined) expression = { ...expression, ...data.expression }
      for (const operation of data.operations ?? []) operations.set(operation.id, operation)
    },

    /** As the two requests for an expression and its operations show it. */
    get state () {
      const sorted = [...operations].sort(([one], [other]) => one - other)
      return { expression, operations: sorted.map(([, operation]) => operation) }
    }
  }
}
