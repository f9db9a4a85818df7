import { CurlCommand } from '../parts/curl-command.js'
import { EXAMPLES } from '../model/examples.js'
import { count } from '../text/format.js'
import { FRAME } from '../text/frame.js'
import { useLanguage, useTexts } from '../text/language.js'
import { START } from '../text/start.js'
import { MarkedField } from './marked-field.js'
import { PlanPreview } from './plan-preview.js'
import { type Entry, useEntry } from './use-entry.js'

export function EntryForm () {
  const texts = useTexts(START)
  const { start: submit } = useTexts(FRAME)
  const entry = useEntry()
  const { text, draft, error, missing, entered, isSubmitting, isAway } = entry
  const isReady = text.trim() !== '' && draft.error === null && missing.length === 0 && !isSubmitting
  return (
    <form
      class='entry panel' onSubmit={event => {
        event.preventDefault()
        entry.handleSubmit()
      }}
    >
      <label for='expression'>{texts.label}</label>
      <div class='field-row'>
        <MarkedField
          id='expression' text={text} error={error} describedBy='expression-state expression-keys'
          onText={entry.handleText} onSubmit={entry.handleSubmit}
        />
        <button class='main' type='submit' disabled={!isReady}>
          {isSubmitting ? texts.submitting : submit}
        </button>
      </div>
      <State entry={entry} />
      {isAway && <p class='error' role='alert'>{texts.away}</p>}
      <Examples onText={entry.handleText} />
      <Values entry={entry} />
      <PlanPreview draft={draft} />
      <details>
        <summary>curl</summary>
        <CurlCommand
          what={texts.submitCommand} request={{ method: 'POST', path: '/api/v1/calculate', body: entered }}
        />
        <CurlCommand what={texts.pollCommand} request={{ method: 'GET', path: '/api/v1/expressions/ID?wait=30' }} />
      </details>
    </form>
  )
}

/** What is wrong, or which keys there are. */
function State ({ entry: { error } }: { entry: Entry }) {
  const texts = useTexts(START)
  const language = useLanguage()
  const hasPlace = error !== null && Number.isFinite(error.position)
  return (
    <>
      <p id='expression-state' class='error' role='status'>
        {error !== null && <>▲ {error.message}</>}
        {hasPlace && <span class='quiet'> ({texts.at(count(error.position + 1, language))})</span>}
      </p>
      <p id='expression-keys' class='quiet'>{texts.keys}</p>
    </>
  )
}

function Examples ({ onText }: { onText: (text: string) => void }) {
  const texts = useTexts(START)
  return (
    <div class='examples' role='group' aria-label={texts.examples}>
      <span class='quiet'>{texts.examples}:</span>
      {EXAMPLES.map(({ name, text }) => (
        <button key={name} type='button' title={text} onClick={() => onText(text)}>{texts.example[name]}</button>
      ))}
    </div>
  )
}

/** A field for each variable of the text. */
function Values ({ entry: { draft: { variables }, values, missing, setValue } }: { entry: Entry }) {
  const texts = useTexts(START)
  if (variables.length === 0) return null
  return (
    <fieldset class='values'>
      <legend>{texts.variables}</legend>
      {variables.map(name => (
        <label key={name}>
          <span class='mono'>{name}</span>
          <input
            type='number' step='any' value={values.get(name) ?? ''} inputMode='decimal'
            onInput={({ currentTarget }) => setValue(name, currentTarget.value)}
          />
        </label>
      ))}
      {missing[0] !== undefined && <p class='quiet'>{texts.variableMissing(missing[0])}</p>}
    </fieldset>
  )
}
