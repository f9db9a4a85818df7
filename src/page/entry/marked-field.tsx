import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { DraftError } from '../model/draft.js'

interface MarkedFieldProps {
  readonly id: string
  readonly text: string
  readonly error: DraftError | null
  readonly describedBy: string
  readonly onText: (text: string) => void
  readonly onSubmit: () => void
}

/** A text field that marks an error at its position: a copy of the text lies behind it, in the same font. */
export function MarkedField ({ id, text, error, describedBy, onText, onSubmit }: MarkedFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  const behind = useRef<HTMLDivElement>(null)
  useEffect(() => { field.current?.focus() }, [])
  useLayoutEffect(() => {
    if (field.current === null) return
    field.current.style.height = 'auto'
    field.current.style.height = `${field.current.scrollHeight + 2}px`
    follow()
  }, [text])

  function follow (): void {
    if (field.current === null || behind.current === null) return
    behind.current.scrollTop = field.current.scrollTop
    behind.current.scrollLeft = field.current.scrollLeft
  }

  const end = error === null ? 0 : error.position + error.length
  return (
    <div class='marked-field'>
      <div class='behind' ref={behind} aria-hidden='true'>
        {error === null
          ? text
          : (
            <>
              {text.slice(0, error.position)}
              <mark>{text.slice(error.position, end) || ' '}</mark>
              {text.slice(end)}
            </>
            )}
        {'\n'}
      </div>
      <textarea
        id={id} ref={field} value={text} rows={1} spellcheck={false} autocomplete='off' autocapitalize='off'
        aria-invalid={error !== null} aria-describedby={describedBy}
        onInput={({ currentTarget }) => onText(currentTarget.value)}
        onScroll={follow}
        onKeyDown={event => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
          event.preventDefault()
          onSubmit()
        }}
      />
    </div>
  )
}
