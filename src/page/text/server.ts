import type { Readiness } from '../model/server-state.js'
import type { Texts } from './languages.js'

/** Texts of the operator's view. */
interface ServerTexts {
  readonly states: Readonly<Record<Readiness, string>>
  readonly draining: string
  readonly refused: (status: number, message: string) => string
  readonly lastFigures: string
  readonly asOf: string
  readonly unreachable: string
  readonly store: string
  readonly up: string
  readonly down: string
  readonly openExpressions: string
  readonly openOperations: string
  readonly oldestUnclaimed: string
  readonly storeDown: string
  readonly oldestLease: string
  readonly criticalPath: string
  readonly expired: string
  readonly streams: string
  readonly backlog: string
  readonly ready: string
  readonly leased: string
  readonly noBacklog: string
}

export const SERVER_TEXTS: Texts<ServerTexts> = {
  en: {
    states: {
      accepting: 'accepting work', draining: 'draining', store_unavailable: 'store unavailable', unknown: 'not known'
    },
    draining: 'The server is shutting down: it accepts no expressions and hands out no tasks. Agents can still report.',
    refused: (status, message) => `The server answers /metrics with status ${status}${message && `: ${message}`}`,
    lastFigures: 'The figures are the last ones that were read.',
    asOf: 'Read again 5 seconds after each answer.',
    unreachable: 'The server does not answer.',
    store: 'Store',
    up: 'available',
    down: 'unavailable',
    openExpressions: 'Open expressions',
    openOperations: 'Open operations',
    oldestUnclaimed: 'Oldest expression without a claim',
    storeDown: 'The store is unavailable.',
    oldestLease: 'Oldest lease',
    criticalPath: 'Longest critical path left',
    expired: 'Leases expired since the server started',
    streams: 'Event streams',
    backlog: 'Backlog',
    ready: 'Ready',
    leased: 'Leased',
    noBacklog: 'No task is ready or leased.'
  },
  ru: {
    states: {
      accepting: 'принимает работу',
      draining: 'завершает работу',
      store_unavailable: 'хранилище недоступно',
      unknown: 'неизвестно'
    },
    draining: 'Сервер завершает работу: он не берёт выражения и не выдаёт задачи, но принимает результаты.',
    refused: (status, message) => `Сервер ответил на /metrics статусом ${status}${message && `: ${message}`}`,
    lastFigures: 'Показаны последние прочитанные данные.',
    asOf: 'Обновляется через 5 секунд после каждого ответа.',
    unreachable: 'Сервер не отвечает.',
    store: 'Хранилище',
    up: 'доступно',
    down: 'недоступно',
    openExpressions: 'Открытые выражения',
    openOperations: 'Открытые операции',
    oldestUnclaimed: 'Самое старое выражение без агента',
    storeDown: 'Хранилище недоступно.',
    oldestLease: 'Самая старая аренда',
    criticalPath: 'Самый длинный остаток критического пути',
    expired: 'Аренд истекло с запуска сервера',
    streams: 'Потоки событий',
    backlog: 'Очередь',
    ready: 'Готовы',
    leased: 'В аренде',
    noBacklog: 'Нет готовых и взятых задач.'
  },
  es: {
    states: {
      accepting: 'acepta trabajo',
      draining: 'cerrándose',
      store_unavailable: 'almacén no disponible',
      unknown: 'se desconoce'
    },
    draining: 'El servidor se está cerrando: no acepta expresiones ni entrega tareas, pero aún recibe resultados.',
    refused: (status, message) => `El servidor responde a /metrics con el estado ${status}${message && `: ${message}`}`,
    lastFigures: 'Se muestran las últimas cifras leídas.',
    asOf: 'Se vuelve a leer 5 segundos después de cada respuesta.',
    unreachable: 'El servidor no responde.',
    store: 'Almacén',
    up: 'disponible',
    down: 'no disponible',
    openExpressions: 'Expresiones abiertas',
    openOperations: 'Operaciones abiertas',
    oldestUnclaimed: 'Expresión más antigua sin tomar',
    storeDown: 'El almacén no está disponible.',
    oldestLease: 'Concesión más antigua',
    criticalPath: 'Mayor camino crítico pendiente',
    expired: 'Concesiones vencidas desde el inicio del servidor',
    streams: 'Flujos de eventos',
    backlog: 'Trabajo pendiente',
    ready: 'Listas',
    leased: 'Tomadas',
    noBacklog: 'Ninguna tarea está lista ni tomada.'
  }
}
