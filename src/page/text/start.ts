import type { ExampleName } from '../model/examples.js'
import type { Texts } from './languages.js'

/** Texts of the view in which an expression is entered. */
interface StartTexts {
  readonly lead: string
  readonly label: string
  readonly keys: string
  readonly submitting: string
  readonly examples: string
  readonly example: Readonly<Record<ExampleName, string>>
  readonly variables: string
  readonly variableMissing: (name: string) => string
  readonly plan: string
  readonly long: string
  readonly at: (position: string) => string
  readonly away: string
  readonly submitCommand: string
  readonly pollCommand: string
  readonly latest: string
  readonly none: string
  readonly all: string
}

export const START: Texts<StartTexts> = {
  en: {
    lead: 'Here one addition takes very long. The server plans an expression, agents compute one operation at a ' +
      'time, and you see who works on what.',
    label: 'Expression',
    keys: 'Enter calculates; Shift+Enter begins a new line.',
    submitting: 'Submitting …',
    examples: 'Examples',
    example: {
      first: 'a first one',
      chain: 'a chain that planning shortens',
      wide: 'many at the same time',
      variables: 'with variables',
      function: 'with a function',
      fails: 'one that fails'
    },
    variables: 'Variables',
    variableMissing: name => `Enter a number for ${name}.`,
    plan: 'The plan',
    long: 'The server checks a text of this length when it is submitted.',
    at: position => `at character ${position}`,
    away: 'The server cannot be reached. The text stays here; try again.',
    submitCommand: 'Submit',
    pollCommand: 'Wait for the result, with the id from the answer in place of ID',
    latest: 'Latest expressions',
    none: 'No expression has been submitted yet.',
    all: 'All expressions'
  },
  ru: {
    lead: 'Здесь одно сложение длится очень долго. Сервер планирует выражение, агенты вычисляют по одной операции, ' +
      'а вы видите, кто чем занят.',
    label: 'Выражение',
    keys: 'Enter вычисляет, Shift+Enter начинает новую строку.',
    submitting: 'Отправка …',
    examples: 'Примеры',
    example: {
      first: 'для начала',
      chain: 'цепочка, которую сокращает план',
      wide: 'многое одновременно',
      variables: 'с переменными',
      function: 'с функцией',
      fails: 'с ошибкой'
    },
    variables: 'Переменные',
    variableMissing: name => `Введите число для ${name}.`,
    plan: 'План',
    long: 'Текст такой длины сервер проверит при отправке.',
    at: position => `символ ${position}`,
    away: 'Сервер недоступен. Текст сохранён, попробуйте ещё раз.',
    submitCommand: 'Отправить',
    pollCommand: 'Дождаться результата; вместо ID — id из ответа',
    latest: 'Последние выражения',
    none: 'Пока ни одного выражения.',
    all: 'Все выражения'
  },
  es: {
    lead: 'Aquí una suma tarda muchísimo. El servidor planifica la expresión, los agentes calculan una operación ' +
      'cada vez, y usted ve quién trabaja en qué.',
    label: 'Expresión',
    keys: 'Intro calcula; Mayús+Intro empieza una línea.',
    submitting: 'Enviando …',
    examples: 'Ejemplos',
    example: {
      first: 'para empezar',
      chain: 'una cadena que el plan acorta',
      wide: 'muchas a la vez',
      variables: 'con variables',
      function: 'con una función',
      fails: 'una que falla'
    },
    variables: 'Variables',
    variableMissing: name => `Escriba un número para ${name}.`,
    plan: 'El plan',
    long: 'El servidor comprueba un texto tan largo al enviarlo.',
    at: position => `carácter ${position}`,
    away: 'No se puede conectar con el servidor. El texto se conserva; inténtelo de nuevo.',
    submitCommand: 'Enviar',
    pollCommand: 'Esperar el resultado, con el id de la respuesta en lugar de ID',
    latest: 'Últimas expresiones',
    none: 'Aún no se ha enviado ninguna expresión.',
    all: 'Todas las expresiones'
  }
}
