import type { Texts } from './languages.js'

/** Texts of what surrounds every view. */
interface FrameTexts {
  readonly title: string
  readonly skip: string
  readonly start: string
  readonly expressions: string
  readonly agents: string
  readonly server: string
  readonly language: string
  readonly theme: string
  readonly themes: { readonly auto: string, readonly light: string, readonly dark: string }
  readonly connection: Readonly<Record<'connecting' | 'live' | 'away' | 'paused' | 'ended' | 'refused', string>>
  readonly api: string
}

export const FRAME: Texts<FrameTexts> = {
  en: {
    title: 'Longhand',
    skip: 'Skip to the content',
    start: 'Calculate',
    expressions: 'Expressions',
    agents: 'Agents',
    server: 'Server',
    language: 'Language',
    theme: 'Colours',
    themes: { auto: 'automatic', light: 'light', dark: 'dark' },
    connection: {
      connecting: 'connecting …',
      live: 'live',
      away: 'no live updates, trying again',
      paused: 'paused',
      ended: 'finished',
      refused: 'not available'
    },
    api: 'API'
  },
  ru: {
    title: 'Longhand',
    skip: 'К содержанию',
    start: 'Вычислить',
    expressions: 'Выражения',
    agents: 'Агенты',
    server: 'Сервер',
    language: 'Язык',
    theme: 'Цвета',
    themes: { auto: 'автоматически', light: 'светлые', dark: 'тёмные' },
    connection: {
      connecting: 'подключение …',
      live: 'на связи',
      away: 'нет обновлений, пробуем снова',
      paused: 'пауза',
      ended: 'завершено',
      refused: 'недоступно'
    },
    api: 'API'
  },
  es: {
    title: 'Longhand',
    skip: 'Ir al contenido',
    start: 'Calcular',
    expressions: 'Expresiones',
    agents: 'Agentes',
    server: 'Servidor',
    language: 'Idioma',
    theme: 'Colores',
    themes: { auto: 'automático', light: 'claro', dark: 'oscuro' },
    connection: {
      connecting: 'conectando …',
      live: 'en vivo',
      away: 'sin datos en vivo, reintentando',
      paused: 'en pausa',
      ended: 'terminado',
      refused: 'no disponible'
    },
    api: 'API'
  }
}
