import type { AgentState } from '../../client/index.js'
import type { Texts } from './languages.js'

/** Texts of the lists of expressions and of agents, and of the operator's view. */
interface ListsTexts {
  readonly service: string
  readonly status: string
  readonly all: string
  readonly id: string
  readonly result: string
  readonly created: string
  readonly ago: (time: string) => string
  readonly empty: string
  readonly page: (page: string, pages: string) => string
  readonly newer: string
  readonly older: string
  readonly total: (count: string) => string
  readonly agent: string
  readonly state: string
  readonly states: Readonly<Record<AgentState, string>>
  readonly seen: string
  readonly doing: string
  readonly task: (operation: string) => string
  readonly of: string
  readonly claimed: string
  readonly completed: string
  readonly without: string
  readonly withoutWhy: string
  readonly accepts: string
  readonly noAgents: string
  readonly unserved: (operation: string, tasks: string) => string
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
  readonly operation: string
  readonly ready: string
  readonly leased: string
  readonly noBacklog: string
}

export const LISTS: Texts<ListsTexts> = {
  en: {
    service: 'Service',
    status: 'Status',
    all: 'all',
    id: 'Id',
    result: 'Result',
    created: 'Submitted',
    ago: time => `${time} ago`,
    empty: 'There is no such expression. Enter one under “Calculate”.',
    page: (page, pages) => `Page ${page} of ${pages}`,
    newer: 'Newer',
    older: 'Older',
    total: count => `${count} in all`,
    agent: 'Agent',
    state: 'State',
    states: { working: 'working', idle: 'idle', silent: 'silent', gone: 'gone' },
    seen: 'Last seen',
    doing: 'Works on',
    task: operation => `${operation}, since`,
    of: 'expression',
    claimed: 'Claimed',
    completed: 'Completed',
    without: 'Without result',
    withoutWhy: 'Tasks that the agent has claimed, has not completed and does not hold: lost, given back or cancelled.',
    accepts: 'Accepts',
    noAgents: 'No agent has asked for work yet. Start one: npx . agent --orchestrator URL',
    unserved: (operation, tasks) => `No agent accepts “${operation}”; tasks that wait for one: ${tasks}.`,
    asOf: 'Read every 5 seconds.',
    unreachable: 'The server does not answer. These are its last figures.',
    store: 'Store',
    up: 'available',
    down: 'unavailable',
    openExpressions: 'Open expressions',
    openOperations: 'Open operations',
    oldestUnclaimed: 'Oldest expression without a claim',
    storeDown: 'The store is unavailable. Its figures are the last ones that were read.',
    oldestLease: 'Oldest lease',
    criticalPath: 'Longest critical path left',
    expired: 'Expired leases',
    streams: 'Event streams',
    backlog: 'Backlog',
    operation: 'Operation',
    ready: 'Ready',
    leased: 'Leased',
    noBacklog: 'No task is ready or leased.'
  },
  ru: {
    service: 'Сервис',
    status: 'Статус',
    all: 'все',
    id: 'Id',
    result: 'Результат',
    created: 'Отправлено',
    ago: time => `${time} назад`,
    empty: 'Таких выражений нет. Введите выражение на странице «Вычислить».',
    page: (page, pages) => `Страница ${page} из ${pages}`,
    newer: 'Новее',
    older: 'Старее',
    total: count => `Всего: ${count}`,
    agent: 'Агент',
    state: 'Состояние',
    states: { working: 'работает', idle: 'свободен', silent: 'молчит', gone: 'ушёл' },
    seen: 'Последний запрос',
    doing: 'Занят',
    task: operation => `${operation}, уже`,
    of: 'выражение',
    claimed: 'Взято',
    completed: 'Выполнено',
    without: 'Без результата',
    withoutWhy: 'Задачи, которые агент взял, не выполнил и не держит: потерянные, возвращённые или отменённые.',
    accepts: 'Принимает',
    noAgents: 'Агенты ещё не просили работу. Запустите агента: npx . agent --orchestrator URL',
    unserved: (operation, tasks) => `Ни один агент не принимает «${operation}»; задач в ожидании: ${tasks}.`,
    asOf: 'Обновляется каждые 5 секунд.',
    unreachable: 'Сервер не отвечает. Показаны последние данные.',
    store: 'Хранилище',
    up: 'доступно',
    down: 'недоступно',
    openExpressions: 'Открытые выражения',
    openOperations: 'Открытые операции',
    oldestUnclaimed: 'Самое старое выражение без агента',
    storeDown: 'Хранилище недоступно. Показаны последние прочитанные данные.',
    oldestLease: 'Самая старая аренда',
    criticalPath: 'Самый длинный остаток критического пути',
    expired: 'Истёкшие аренды',
    streams: 'Потоки событий',
    backlog: 'Очередь',
    operation: 'Операция',
    ready: 'Готовы',
    leased: 'В аренде',
    noBacklog: 'Нет готовых и взятых задач.'
  },
  es: {
    service: 'Servicio',
    status: 'Estado',
    all: 'todos',
    id: 'Id',
    result: 'Resultado',
    created: 'Enviada',
    ago: time => `hace ${time}`,
    empty: 'No hay expresiones así. Escriba una en «Calcular».',
    page: (page, pages) => `Página ${page} de ${pages}`,
    newer: 'Más nuevas',
    older: 'Más antiguas',
    total: count => `${count} en total`,
    agent: 'Agente',
    state: 'Estado',
    states: { working: 'trabaja', idle: 'libre', silent: 'callado', gone: 'se fue' },
    seen: 'Visto por última vez',
    doing: 'Trabaja en',
    task: operation => `${operation}, desde hace`,
    of: 'expresión',
    claimed: 'Tomadas',
    completed: 'Terminadas',
    without: 'Sin resultado',
    withoutWhy: 'Tareas que el agente tomó, no terminó y ya no tiene: perdidas, devueltas o canceladas.',
    accepts: 'Acepta',
    noAgents: 'Ningún agente ha pedido trabajo aún. Inicie uno: npx . agent --orchestrator URL',
    unserved: (operation, tasks) => `Ningún agente acepta «${operation}»; tareas que esperan uno: ${tasks}.`,
    asOf: 'Se lee cada 5 segundos.',
    unreachable: 'El servidor no responde. Estas son sus últimas cifras.',
    store: 'Almacén',
    up: 'disponible',
    down: 'no disponible',
    openExpressions: 'Expresiones abiertas',
    openOperations: 'Operaciones abiertas',
    oldestUnclaimed: 'Expresión más antigua sin tomar',
    storeDown: 'El almacén no está disponible. Sus cifras son las últimas leídas.',
    oldestLease: 'Concesión más antigua',
    criticalPath: 'Mayor camino crítico pendiente',
    expired: 'Concesiones vencidas',
    streams: 'Flujos de eventos',
    backlog: 'Trabajo pendiente',
    operation: 'Operación',
    ready: 'Listas',
    leased: 'Tomadas',
    noBacklog: 'Ninguna tarea está lista ni tomada.'
  }
}
