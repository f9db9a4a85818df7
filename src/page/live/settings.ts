import { useEffect } from 'preact/hooks'
import { type Language, chooseLanguage } from '../text/languages.js'

export type Theme = 'auto' | 'light' | 'dark'

/** What the viewer has chosen: in the address, else kept by the browser. */
export function readSettings (search: string): { language: Language, theme: Theme, isEmbedded: boolean } {
  const query = new URLSearchParams(search)
  const chosen = (name: string): string => query.get(name) ?? kept(name) ?? ''
  const theme = chosen('theme')
  return {
    language: chooseLanguage([chosen('lang'), ...navigator.languages]),
    theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
    isEmbedded: query.get('embed') === '1'
  }
}

/** A browser may refuse to keep anything, such as in a frame of another site. */
function kept (name: string): string | null {
  try {
    return localStorage.getItem(`longhand.${name}`)
  } catch {
    return null
  }
}

export function keep (name: string, value: string): void {
  try {
    localStorage.setItem(`longhand.${name}`, value)
  } catch {
    // It counts for this page only.
  }
}

export function useDocument (language: Language, theme: Theme, title: string): void {
  useEffect(() => {
    document.documentElement.lang = language
    document.documentElement.dataset.theme = theme
    document.title = title
  }, [language, theme, title])
}
