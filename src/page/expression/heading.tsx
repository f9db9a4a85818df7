import { useState } from 'preact/hooks'
import { LonghandError } from '../../client/index.js'
import { client } from '../live/client.js'
import type { Calculation } from '../model/record.js'
import { StatusMark } from '../parts/status-mark.js'
import { EXPRESSION } from '../text/expression.js'
import { useTexts } from '../text/language.js'

/** A longer text is cut. */
const MAX_TEXT = 400

interface HeadingProps {
  readonly calculation: Calculation
  readonly atMs: number
  /** Whether the server has deleted it, or refuses to show it. */
  readonly isGone: boolean
}

/** The text of an expression, its status and its result at the shown moment. */
export function Heading ({ calculation, atMs, isGone }: HeadingProps) {
  const texts = useTexts(EXPRESSION)
  const { expression, finishedMs } = calculation
  const { id, expression: text, result, error } = expression
  const isOver = finishedMs !== null && atMs >= finishedMs
  const status = isOver || finishedMs === null ? expression.status : 'in_progress'
  return (
    <section class='heading'>
      <h1>{texts.heading(id)} <StatusMark status={status} /></h1>
      <p class='source mono'>
        {text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)} …` : text}
        {isOver && result !== null && <> = <output class='result' aria-label={texts.result}>{result}</output></>}
      </p>
      {isOver && error !== undefined && <p class='error' role='alert'>{error.message}</p>}
      {finishedMs === null && !isGone && <CancelButton id={id} />}
    </section>
  )
}

function CancelButton ({ id }: { id: number }) {
  const texts = useTexts(EXPRESSION)
  const [message, setMessage] = useState('')

  function cancel (): void {
    client.cancel(id).catch((error: unknown) => {
      if (!(error instanceof LonghandError)) throw error
      setMessage(error.message)
    })
  }

  return (
    <p>
      <button type='button' onClick={cancel}>{texts.cancel}</button>
      {message !== '' && <span class='error' role='alert'>{message}</span>}
    </p>
  )
}
