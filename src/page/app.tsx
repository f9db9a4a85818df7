import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Header } from './frame/header.js'
import { setQuery, useSearch } from './live/address.js'
import type { Connection } from './live/feed.js'
import { type Theme, keep, readSettings, useDocument } from './live/settings.js'
import { type Feed, useFeed } from './live/use-feed.js'
import { type Route, readRoute } from './model/route.js'
import { FRAME } from './text/frame.js'
import { LanguageProvider } from './text/language.js'
import type { Language } from './text/languages.js'
import { AgentsView } from './views/agents.js'
import { ExpressionView } from './views/expression.js'
import { ExpressionsView } from './views/expressions.js'
import { ServerView } from './views/server.js'
import { StartView } from './views/start.js'

/** The page: a view, as the address says, of the one source that the page follows. */
export function App () {
  const search = useSearch()
  const route = readRoute(search)
  const { language, theme, isEmbedded } = readSettings(search)
  const feed = useFeed(route.view === 'expression' ? route.id : null)
  useDocument(language, theme, titleOf(route, language))

  function chooseLanguage (chosen: Language): void {
    keep('lang', chosen)
    setQuery('lang', chosen)
  }

  function chooseTheme (chosen: Theme): void {
    keep('theme', chosen)
    setQuery('theme', chosen === 'auto' ? null : chosen)
  }

  const connection: Connection = feed?.state.connection ?? 'connecting'
  return (
    <LanguageProvider language={language}>
      {!isEmbedded && <a class='skip' href='#content'>{FRAME[language].skip}</a>}
      {!isEmbedded && (
        <Header
          route={route} connection={connection} language={language} theme={theme}
          onLanguage={chooseLanguage} onTheme={chooseTheme}
        />
      )}
      <Main of={route.view === 'expression' ? String(route.id) : route.view}>{viewOf(route, feed)}</Main>
    </LanguageProvider>
  )
}

/** @param of names the view: where the focus was in the view before, it goes to the next one. */
function Main ({ of, children }: { of: string, children: ComponentChildren }) {
  const content = useRef<HTMLElement>(null)
  const shown = useRef(of)
  useEffect(() => {
    const isOther = shown.current !== of
    shown.current = of
    if (isOther && document.activeElement === document.body) content.current?.focus({ preventScroll: true })
  }, [of])
  return <main id='content' ref={content} tabIndex={-1}>{children}</main>
}

function viewOf (route: Route, feed: Feed | null) {
  const list = feed?.of === 'list' ? feed.state : null
  switch (route.view) {
    case 'start': return <StartView feed={list} />
    case 'expressions': return <ExpressionsView feed={list} filter={route.filter} />
    case 'agents': return <AgentsView feed={list} />
    case 'server': return <ServerView />
    case 'expression': {
      const state = feed !== null && feed.of !== 'list' ? feed.state : null
      return <ExpressionView key={route.id} id={route.id} atMs={route.atMs} feed={state} />
    }
  }
}

function titleOf (route: Route, language: Language): string {
  const texts = FRAME[language]
  return route.view === 'expression' ? `${route.id} · ${texts.title}` : `${texts[route.view]} · ${texts.title}`
}
