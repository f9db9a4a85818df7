import { type ComponentChildren, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Language, Texts } from './languages.js'

const LanguageContext = createContext<Language>('en')

export function LanguageProvider ({ language, children }: { language: Language, children: ComponentChildren }) {
  return <LanguageContext.Provider value={language}>{children}</LanguageContext.Provider>
}

export function useLanguage (): Language {
  return useContext(LanguageContext)
}

export function useTexts<T> (texts: Texts<T>): T {
  return texts[useContext(LanguageContext)]
}
