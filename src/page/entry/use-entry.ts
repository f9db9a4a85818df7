import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { LonghandError } from '../../client/index.js'
import { goTo } from '../live/address.js'
import { client } from '../live/client.js'
import { type Draft, type DraftError, draftOf } from '../model/draft.js'
import { EXAMPLES } from '../model/examples.js'

/** What is submitted. Without all of its values, the server refuses it and names the first that is missing. */
export interface Entered {
  readonly expression: string
  readonly variables?: Readonly<Record<string, number>>
}

/** An expression while it is entered, and its submission. */
export function useEntry () {
  const [text, setText] = useState<string>(EXAMPLES[0].text)
  // As they are typed: a field whose text is written anew from a number would lose the `.0` on the way to `1.05`.
  const [values, setValues] = useState<ReadonlyMap<string, string>>(new Map())
  const [language, setLanguage] = useState<{ times: ReadonlyMap<string, number>, isOptimized: boolean }>({
    times: new Map(), isOptimized: true
  })
  const [refusal, setRefusal] = useState<{ text: string, error: LonghandError } | null>(null)
  const [isSubmitting, setSubmitting] = useState(false)
  // Of what is submitted again after no answer came, so that it is not submitted twice.
  const key = useRef({ of: '', key: '' })
  const isLeft = useRef(false)
  useEffect(() => () => { isLeft.current = true }, [])

  useEffect(() => {
    client.language().then(({ operations, optimized }) => setLanguage({
      times: new Map(operations.map(({ symbol, time_ms: timeMs }) => [symbol, timeMs])), isOptimized: optimized
    }), () => {
      // Without the times, the plan is shown with times of 0; the header says that the server is away.
    })
  }, [])

  const draft = useMemo(() => draftOf(text, language.times, language.isOptimized), [text, language])
  const given = draft.variables.filter(name => isNumber(values.get(name)))
  const missing = draft.variables.filter(name => !given.includes(name))
  const entered: Entered = {
    expression: text,
    ...draft.variables.length === 0
      ? {}
      : { variables: Object.fromEntries(given.map(name => [name, Number(values.get(name))])) }
  }

  function submit (): void {
    if (text.trim() === '' || draft.error !== null || missing.length > 0 || isSubmitting) return
    setSubmitting(true)
    setRefusal(null)
    const of = JSON.stringify(entered)
    if (key.current.of !== of) key.current = { of, key: newKey() }
    client.calculate(entered, { idempotencyKey: key.current.key }).then(
      // A viewer who has gone to another view meanwhile stays there.
      id => { if (!isLeft.current) goTo({ view: 'expression', id, atMs: null }) },
      (error: unknown) => {
        setSubmitting(false)
        if (!(error instanceof LonghandError)) throw error
        setRefusal({ text, error })
      }
    )
  }

  return {
    text,
    draft,
    values,
    missing,
    entered,
    isSubmitting,
    error: refusal?.text === text ? errorOf(refusal.error, draft) : draft.error,
    isAway: refusal !== null && refusal.error.status === undefined,
    handleText: setText,
    handleSubmit: submit,
    setValue: (name: string, value: string) => setValues(new Map(values).set(name, value))
  }
}

function isNumber (text = ''): boolean {
  return text !== '' && Number.isFinite(Number(text))
}

/** `crypto.randomUUID` exists only in pages from https and from this machine. */
function newKey (): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].join('-')
}

export type Entry = ReturnType<typeof useEntry>

/** A refusal of the server; without a position it concerns the whole request. */
function errorOf ({ status, message, position, length = 0 }: LonghandError, draft: Draft): DraftError | null {
  if (status === undefined) return draft.error
  return { message, position: position ?? Infinity, length }
}
