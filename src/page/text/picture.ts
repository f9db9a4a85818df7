import type { Phase } from '../model/moment.js'
import type { Texts } from './languages.js'

/** Texts of the tree, the task stream and what stands beside them. */
export interface PictureTexts {
  readonly phases: Readonly<Record<Phase | 'retried', string>>
  readonly statuses: Readonly<Record<string, string>>
  readonly outcomes: Readonly<Record<string, string>>
  readonly tree: string
  readonly stream: string
  readonly both: string
  readonly show: string
  readonly treeHelp: string
  readonly streamHelp: string
  readonly unnamed: string
  readonly slot: (number: number) => string
  readonly bound: string
  readonly critical: string
  readonly released: string
  readonly attempt: (number: number) => string
  readonly by: (agent: string) => string
  readonly gives: (value: string) => string
  readonly nothing: string
  readonly waitingForAgent: string
  readonly neverClaimed: string
}

export const PICTURE: Texts<PictureTexts> = {
  en: {
    phases: {
      waiting: 'waiting',
      ready: 'ready',
      running: 'running',
      expired: 'attempt lost',
      completed: 'completed',
      failed: 'failed',
      dropped: 'dropped',
      retried: 'running again'
    },
    statuses: {
      pending: 'pending', in_progress: 'in progress', completed: 'completed', failed: 'failed', cancelled: 'cancelled'
    },
    outcomes: {
      completed: 'completed', expired: 'lease expired', released: 'released', failed: 'failed', cancelled: 'cancelled'
    },
    tree: 'Tree',
    stream: 'Task stream',
    both: 'Both',
    show: 'Show',
    treeHelp: 'The result is at the top. Arrow keys go from operation to operation, Enter folds a sub-tree.',
    streamHelp: 'A row for each slot of an agent, a bar for each attempt.',
    unnamed: 'agents without a name',
    slot: number => `slot ${number}`,
    bound: 'shortest possible',
    critical: 'planned critical path',
    released: 'attempt released or cancelled',
    attempt: number => `attempt ${number}`,
    by: agent => `by ${agent}`,
    gives: value => `gives ${value}`,
    nothing: 'This expression is a number: there is nothing to compute.',
    waitingForAgent: 'No agent has claimed an operation yet.',
    neverClaimed: 'It ended before an agent claimed an operation.'
  },
  ru: {
    phases: {
      waiting: 'ждёт операндов',
      ready: 'готова',
      running: 'выполняется',
      expired: 'попытка потеряна',
      completed: 'выполнена',
      failed: 'ошибка',
      dropped: 'отброшена',
      retried: 'выполняется снова'
    },
    statuses: {
      pending: 'ожидает', in_progress: 'вычисляется', completed: 'вычислено', failed: 'ошибка', cancelled: 'отменено'
    },
    outcomes: {
      completed: 'выполнена', expired: 'аренда истекла', released: 'возвращена', failed: 'ошибка', cancelled: 'отменена'
    },
    tree: 'Дерево',
    stream: 'Поток задач',
    both: 'Вместе',
    show: 'Показать',
    treeHelp: 'Результат наверху. Стрелки переходят между операциями, Enter сворачивает поддерево.',
    streamHelp: 'Строка на каждый слот агента, полоса на каждую попытку.',
    unnamed: 'агенты без имени',
    slot: number => `слот ${number}`,
    bound: 'быстрее нельзя',
    critical: 'критический путь по плану',
    released: 'попытка возвращена или отменена',
    attempt: number => `попытка ${number}`,
    by: agent => `агент ${agent}`,
    gives: value => `результат ${value}`,
    nothing: 'Это выражение — число: вычислять нечего.',
    waitingForAgent: 'Ни один агент ещё не взял операцию.',
    neverClaimed: 'Всё закончилось до того, как агент взял операцию.'
  },
  es: {
    phases: {
      waiting: 'en espera',
      ready: 'lista',
      running: 'en curso',
      expired: 'intento perdido',
      completed: 'terminada',
      failed: 'fallida',
      dropped: 'descartada',
      retried: 'en curso otra vez'
    },
    statuses: {
      pending: 'pendiente', in_progress: 'en curso', completed: 'terminada', failed: 'fallida', cancelled: 'cancelada'
    },
    outcomes: {
      completed: 'terminada',
      expired: 'concesión vencida',
      released: 'devuelta',
      failed: 'fallida',
      cancelled: 'cancelada'
    },
    tree: 'Árbol',
    stream: 'Flujo de tareas',
    both: 'Ambos',
    show: 'Mostrar',
    treeHelp: 'El resultado está arriba. Las flechas van de operación en operación; Intro pliega un subárbol.',
    streamHelp: 'Una fila por cada puesto de un agente, una barra por cada intento.',
    unnamed: 'agentes sin nombre',
    slot: number => `puesto ${number}`,
    bound: 'lo más breve posible',
    critical: 'camino crítico previsto',
    released: 'intento devuelto o cancelado',
    attempt: number => `intento ${number}`,
    by: agent => `por ${agent}`,
    gives: value => `da ${value}`,
    nothing: 'Esta expresión es un número: no hay nada que calcular.',
    waitingForAgent: 'Ningún agente ha tomado aún una operación.',
    neverClaimed: 'Terminó antes de que un agente tomara una operación.'
  }
}
