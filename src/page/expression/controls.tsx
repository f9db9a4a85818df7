import { useState } from 'preact/hooks'
import { goTo } from '../live/address.js'
import { LIVE, type Playback, SPEEDS, isMoving, playFrom } from '../model/playback.js'
import type { Calculation } from '../model/record.js'
import { EXPRESSION } from '../text/expression.js'
import { duration, factor } from '../text/format.js'
import { useLanguage, useTexts } from '../text/language.js'
import { PARTS } from '../text/parts.js'

interface ControlsProps {
  readonly calculation: Calculation
  readonly playback: Playback
  readonly speed: number
  readonly atMs: number
  readonly lastMs: number
  readonly onPlayback: (playback: Playback) => void
  readonly onSpeed: (speed: number) => void
}

/** Pause, slow motion and a scrubber. */
export function Controls ({ calculation, playback, speed, atMs, lastMs, onPlayback, onSpeed }: ControlsProps) {
  const texts = useTexts(EXPRESSION)
  const language = useLanguage()
  const { createdMs, finishedMs, expression: { id } } = calculation
  const moves = isMoving(playback, calculation, atMs)
  const afterMs = atMs - createdMs

  function changeSpeed (chosen: number): void {
    onSpeed(chosen)
    if (playback.mode === 'playing') onPlayback(playFrom(atMs, calculation, chosen, performance.now()))
  }

  return (
    <section class='controls panel' aria-label={texts.replay}>
      <button
        type='button' class='play'
        onClick={() => onPlayback(moves
          ? { mode: 'paused', atMs }
          : playFrom(atMs, calculation, speed, performance.now()))}
      >
        <span aria-hidden='true'>{moves ? '❚❚' : '▶'}</span> {moves ? texts.pause : texts.play}
      </button>
      <input
        type='range' min={0} max={Math.max(1, lastMs - createdMs)} step='any' value={afterMs} aria-label={texts.moment}
        aria-valuetext={duration(afterMs, language)}
        onInput={({ currentTarget }) => onPlayback({ mode: 'paused', atMs: createdMs + currentTarget.valueAsNumber })}
      />
      <output class='number'>{duration(afterMs, language)} / {duration(lastMs - createdMs, language)}</output>
      <label>
        {texts.speed}{' '}
        <select value={speed} onChange={({ currentTarget }) => changeSpeed(Number(currentTarget.value))}>
          {SPEEDS.map(each => <option key={each} value={each}>{factor(each, language)}</option>)}
        </select>
      </label>
      <button type='button' disabled={playback.mode === 'live'} onClick={() => onPlayback(LIVE)}>
        {finishedMs === null ? texts.live : texts.end}
      </button>
      <LinkButton id={id} atMs={afterMs} />
    </section>
  )
}

/** Puts the moment into the address, and the address into the clipboard where the browser allows it. */
function LinkButton ({ id, atMs }: { id: number, atMs: number }) {
  const { link } = useTexts(EXPRESSION)
  const { copied } = useTexts(PARTS)
  const [isCopied, setCopied] = useState(false)

  function handleClick (): void {
    goTo({ view: 'expression', id, atMs }, { replaces: true })
    // Otherwise the address is in the browser's bar.
    navigator.clipboard?.writeText(location.href).then(() => setCopied(true), () => setCopied(false))
  }

  return (
    <button type='button' onClick={handleClick} onBlur={() => setCopied(false)}>
      {isCopied ? copied : link}
    </button>
  )
}
