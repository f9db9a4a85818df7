import { useScroll } from '../parts/use-scroll.js'
import { EXPRESSION } from '../text/expression.js'
import { useLanguage, useTexts } from '../text/language.js'
import { PICTURE } from '../text/picture.js'
import { savePng, saveSvg } from './save.js'
import { StreamCanvas, wholeStream } from './stream-canvas.js'
import { StreamPicture, type StreamPictureProps } from './stream-picture.js'

interface StreamFrameProps extends StreamPictureProps {
  readonly isCanvas: boolean
}

/** The task stream in a frame that scrolls, and how to save it. */
export function StreamFrame ({ isCanvas, ...stream }: StreamFrameProps) {
  const { stream: name, waitingForAgent, neverClaimed } = useTexts(PICTURE)
  const texts = useTexts(EXPRESSION)
  const language = useLanguage()
  const { ref, seen, element } = useScroll<HTMLDivElement>()
  const file = `longhand-${stream.calculation.expression.id}`

  function handleSave (kind: 'svg' | 'png'): void {
    if (element === null) return
    const picture = isCanvas
      ? wholeStream(stream, language, element)
      : element.querySelector<SVGSVGElement>('svg.stream')
    if (picture === null) return
    if (kind === 'svg' && picture instanceof SVGSVGElement) saveSvg(picture, file)
    else savePng(picture, file).catch(reportError)
  }

  if (stream.lanes.length === 0 && stream.calculation.finishedMs !== null) return <p class='quiet'>{neverClaimed}</p>
  return (
    <div class='stream-frame'>
      {stream.lanes.length === 0 && <p class='quiet'>{waitingForAgent}</p>}
      <div class='stream-scroll' tabIndex={0} role='region' aria-label={name} ref={ref}>
        {isCanvas ? <StreamCanvas {...stream} part={seen} /> : <StreamPicture {...stream} />}
      </div>
      <p class='bar-of-buttons'>
        {!isCanvas && <button type='button' onClick={() => handleSave('svg')}>{texts.saveSvg}</button>}
        <button type='button' onClick={() => handleSave('png')}>{texts.savePng}</button>
      </p>
    </div>
  )
}
