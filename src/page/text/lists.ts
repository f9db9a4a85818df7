import type { AgentState } from '../../client/index.js'
import type { Texts } from './languages.js'

/** Texts of the lists of expressions and of agents. */
interface ListsTexts {
  readonly service: string
  readonly status: string
  readonly all: string
  readonly created: string
  readonly ago: (time: string) => string
  readonly none: string
  readonly empty: string
  readonly clear: string
  readonly page: (page: string, pages: string) => string
  readonly newer: string
  readonly older: string
  readonly total: (count: string) => string
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
  readonly acceptsAll: string
  readonly noAgents: string
  readonly unserved: (operation: string, tasks: string) => string
}

export const LISTS: Texts<ListsTexts> = {
  en: {
    service: 'Service',
    status: 'Status',
    all: 'all',
    created: 'Submitted',
    ago: time => `${time} ago`,
    none: 'There are no expressions yet. Enter one under “Calculate”.',
    empty: 'There is no such expression.',
    clear: 'Show all expressions',
    page: (page, pages) => `Page ${page} of ${pages}`,
    newer: 'Newer',
    older: 'Older',
    total: count => `${count} in all`,
    states: { working: 'working', idle: 'idle', silent: 'silent', gone: 'gone' },
    seen: 'Last seen',
    doing: 'Works on',
    task: operation => `${operation}, since`,
    of: 'expression',
    claimed: 'Claimed',
    completed: 'Completed',
    without: 'Without result',
    withoutWhy: 'Tasks that the agent has claimed, has not completed and does not hold: lost, released or ' +
      'cancelled. All three counts begin with the start of the server.',
    accepts: 'Accepts',
    acceptsAll: 'all',
    noAgents: 'No agent has asked for work yet. Start one: npx . agent --orchestrator URL',
    unserved: (operation, tasks) => `No agent accepts “${operation}”; tasks that wait for one: ${tasks}.`
  },
  ru: {
    service: 'Сервис',
    status: 'Статус',
    all: 'все',
    created: 'Отправлено',
    ago: time => `${time} назад`,
    none: 'Выражений пока нет. Введите выражение на странице «Вычислить».',
    empty: 'Таких выражений нет.',
    clear: 'Показать все выражения',
    page: (page, pages) => `Страница ${page} из ${pages}`,
    newer: 'Новее',
    older: 'Старее',
    total: count => `Всего: ${count}`,
    states: { working: 'работает', idle: 'свободен', silent: 'молчит', gone: 'ушёл' },
    seen: 'Последний запрос',
    doing: 'Занят',
    task: operation => `${operation}, уже`,
    of: 'выражение',
    claimed: 'Взято',
    completed: 'Выполнено',
    without: 'Без результата',
    withoutWhy: 'Задачи, которые агент взял, не выполнил и не держит: потерянные, возвращённые или ' +
      'отменённые. Все три счётчика идут с запуска сервера.',
    accepts: 'Принимает',
    acceptsAll: 'всё',
    noAgents: 'Агенты ещё не просили работу. Запустите агента: npx . agent --orchestrator URL',
    unserved: (operation, tasks) => `Ни один агент не принимает «${operation}»; задач в ожидании: ${tasks}.`
  },
  es: {
    service: 'Servicio',
    status: 'Estado',
    all: 'todos',
    created: 'Enviada',
    ago: time => `hace ${time}`,
    none: 'Aún no hay expresiones. Escriba una en «Calcular».',
    empty: 'No hay expresiones así.',
    clear: 'Mostrar todas las expresiones',
    page: (page, pages) => `Página ${page} de ${pages}`,
    newer: 'Más nuevas',
    older: 'Más antiguas',
    total: count => `${count} en total`,
    states: { working: 'trabaja', idle: 'libre', silent: 'callado', gone: 'se fue' },
    seen: 'Visto por última vez',
    doing: 'Trabaja en',
    task: operation => `${operation}, desde hace`,
    of: 'expresión',
    claimed: 'Tomadas',
    completed: 'Terminadas',
    without: 'Sin resultado',
    withoutWhy: 'Tareas que el agente tomó, no terminó y ya no tiene: perdidas, devueltas o canceladas. ' +
      'Las tres cuentas empiezan con el inicio del servidor.',
    accepts: 'Acepta',
    acceptsAll: 'todas',
    noAgents: 'Ningún agente ha pedido trabajo aún. Inicie uno: npx . agent --orchestrator URL',
    unserved: (operation, tasks) => `Ningún agente acepta «${operation}»; tareas que esperan uno: ${tasks}.`
  }
}
