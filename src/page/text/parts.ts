import type { Texts } from './languages.js'

/** Texts of parts that several views have. */
interface PartsTexts {
  readonly copy: string
  readonly copied: string
  readonly withCurl: string
}

export const PARTS: Texts<PartsTexts> = {
  en: { copy: 'Copy', copied: 'Copied', withCurl: 'The same with curl' },
  ru: { copy: 'Копировать', copied: 'Скопировано', withCurl: 'То же через curl' },
  es: { copy: 'Copiar', copied: 'Copiado', withCurl: 'Lo mismo con curl' }
}
