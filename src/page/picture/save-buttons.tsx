import { EXPRESSION } from '../text/expression.js'
import { useTexts } from '../text/language.js'
import { savePng, saveSvg } from './save.js'

interface SaveButtonsProps {
  /** What is saved, in words. */
  readonly what: string
  /** The name of the file without its end. */
  readonly file: string
  readonly hasSvg?: boolean
  /** What is drawn when a button is pressed; null for nothing. */
  readonly onDraw: () => SVGSVGElement | HTMLCanvasElement | null
}

/** A picture as a file. */
export function SaveButtons ({ what, file, hasSvg = true, onDraw }: SaveButtonsProps) {
  const texts = useTexts(EXPRESSION)

  function handleSave (isPng: boolean): void {
    const picture = onDraw()
    if (picture === null) return
    if (!isPng && picture instanceof SVGSVGElement) saveSvg(picture, file)
    else savePng(picture, file).catch(reportError)
  }

  return (
    <p class='bar-of-buttons'>
      {[hasSvg && texts.saveSvg, texts.savePng].map((name, index) => name !== false && (
        <button key={name} type='button' aria-label={`${name}: ${what}`} onClick={() => handleSave(index > 0)}>
          {name}
        </button>
      ))}
    </p>
  )
}
