import { useScroll } from '../parts/use-scroll.js'
import { useLanguage, useTexts } from '../text/language.js'
import { PICTURE } from '../text/picture.js'
import { SaveButtons } from './save-buttons.js'
import { StreamCanvas, wholeStream } from './stream-canvas.js'
import { StreamPicture, type StreamPictureProps } from './stream-picture.js'

interface StreamFrameProps extends StreamPictureProps {
  readonly isCanvas: boolean
}

/** The task stream in a frame that scrolls, and how to save it. */
export function StreamFrame ({ isCanvas, ...stream }: StreamFrameProps) {
  const { stream: name, waitingForAgent, neverClaimed } = useTexts(PICTURE)
  const language = useLanguage()
  const { ref, seen, element } = useScroll<HTMLDivElement>()

  function handleDraw (): SVGSVGElement | HTMLCanvasElement | null {
    if (element === null) return null
    return isCanvas ? wholeStream(stream, language, element) : element.querySelector<SVGSVGElement>('svg.stream')
  }

  if (stream.lanes.length === 0 && stream.calculation.finishedMs !== null) return <p class='quiet'>{neverClaimed}</p>
  return (
    <div class='stream-frame'>
      {stream.lanes.length === 0 && <p class='quiet'>{waitingForAgent}</p>}
      <div class='stream-scroll' tabIndex={0} role='region' aria-label={name} ref={ref}>
        {isCanvas ? <StreamCanvas {...stream} part={seen} /> : <StreamPicture {...stream} />}
      </div>
      <SaveButtons
        what={name} file={`longhand-${stream.calculation.expression.id}`} hasSvg={!isCanvas} onDraw={handleDraw}
      />
    </div>
  )
}
