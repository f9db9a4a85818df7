export const LANGUAGES = ['en', 'ru', 'es'] as const
export type Language = typeof LANGUAGES[number]

/** What each language calls itself. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', ru: 'Русский', es: 'Español' }

/** The texts of a part of the page: the same members in each language. */
export type Texts<T> = Readonly<Record<Language, T>>

/** The first of the languages that there are texts in; tags are as in `navigator.languages`. */
export function chooseLanguage (tags: readonly string[]): Language {
  for (const tag of tags) {
    const found = LANGUAGES.find(language => tag.toLowerCase().split('-')[0] === language)
    if (found !== undefined) return found
  }
  return 'en'
}
