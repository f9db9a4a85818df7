import { useState } from 'preact/hooks'
import { SERVER } from '../live/client.js'
import { type CurlRequest, curlLine } from '../model/curl.js'
import { PARTS } from '../text/parts.js'
import { useTexts } from '../text/language.js'

/** The command that does the same as an action of the page. */
export function CurlCommand ({ request, what }: { request: CurlRequest, what: string }) {
  const texts = useTexts(PARTS)
  const line = curlLine(SERVER, request)
  const [isCopied, setCopied] = useState(false)

  function copy (): void {
    // Only pages from https and from this machine have a clipboard; the line can be marked as well.
    navigator.clipboard?.writeText(line).then(() => setCopied(true), () => setCopied(false))
  }

  return (
    <div class='curl'>
      <span class='quiet'>{what}</span>
      <code tabIndex={0}>{line}</code>
      <button type='button' onClick={copy} onBlur={() => setCopied(false)} aria-label={`${texts.copy}: ${what}`}>
        {isCopied ? texts.copied : texts.copy}
      </button>
    </div>
  )
}
