import { linkTo } from '../live/address.js'
import type { Connection } from '../live/feed.js'
import type { Theme } from '../live/settings.js'
import { NO_FILTER, type Route } from '../model/route.js'
import { Shape } from '../parts/shape.js'
import { FRAME } from '../text/frame.js'
import { useTexts } from '../text/language.js'
import { LANGUAGES, LANGUAGE_NAMES, type Language } from '../text/languages.js'

interface HeaderProps {
  readonly route: Route
  readonly connection: Connection
  readonly language: Language
  readonly theme: Theme
  readonly onLanguage: (language: Language) => void
  readonly onTheme: (theme: Theme) => void
}

const LINKS: readonly Route[] = [
  { view: 'start' }, { view: 'expressions', filter: NO_FILTER }, { view: 'agents' }, { view: 'server' }
]

const THEMES: readonly Theme[] = ['auto', 'light', 'dark']

export function Header ({ route, connection, language, theme, onLanguage, onTheme }: HeaderProps) {
  const texts = useTexts(FRAME)
  const shown = route.view === 'expression' ? 'expressions' : route.view
  return (
    <header class='header'>
      <a class='brand' {...linkTo({ view: 'start' })}>{texts.title}</a>
      <nav aria-label={texts.title}>
        {LINKS.map(link => link.view !== 'expression' && (
          <a key={link.view} {...linkTo(link)} aria-current={link.view === shown ? 'page' : undefined}>
            {texts[link.view]}
          </a>
        ))}
        <a href='docs'>{texts.api}</a>
      </nav>
      <p class='connection' data-connection={connection} role='status'>{texts.connection[connection]}</p>
      <label class='choice'>
        <span class='label'>{texts.language}</span>
        <span class='short' aria-hidden='true'>{language.toUpperCase()}</span>
        <select
          value={language}
          onChange={({ currentTarget }) => onLanguage(LANGUAGES[currentTarget.selectedIndex] ?? 'en')}
        >
          {LANGUAGES.map(each => <option key={each} value={each} lang={each}>{LANGUAGE_NAMES[each]}</option>)}
        </select>
      </label>
      <label class='choice'>
        <span class='label'>{texts.theme}</span>
        <span class='short' aria-hidden='true'><Shape name='half' /></span>
        <select value={theme} onChange={({ currentTarget }) => onTheme(THEMES[currentTarget.selectedIndex] ?? 'auto')}>
          {THEMES.map(each => <option key={each} value={each}>{texts.themes[each]}</option>)}
        </select>
      </label>
    </header>
  )
}
