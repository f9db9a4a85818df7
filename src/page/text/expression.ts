import type { Texts } from './languages.js'

/** Texts of the view of an expression. */
export interface ExpressionTexts {
  readonly heading: (id: number) => string
  readonly loading: string
  readonly unknown: (id: number) => string
  readonly result: string
  readonly cancel: string
  readonly figures: string
  readonly written: string
  readonly planned: string
  readonly work: string
  readonly span: string
  readonly most: string
  readonly elapsed: string
  readonly bound: string
  readonly speedUp: string
  readonly busy: string
  readonly utilisation: string
  readonly slots: string
  readonly lost: string
  readonly explain: Readonly<
    Record<'work' | 'span' | 'most' | 'bound' | 'speedUp' | 'busy' | 'slots' | 'utilisation', string>
  >
  readonly play: string
  readonly pause: string
  readonly live: string
  readonly end: string
  readonly speed: string
  readonly moment: string
  readonly replay: string
  readonly link: string
  readonly saveSvg: string
  readonly savePng: string
  readonly operations: string
  readonly columns: {
    readonly id: string,
    readonly operation: string,
    readonly phase: string,
    readonly value: string,
    readonly agent: string,
    readonly from: string,
    readonly took: string,
    readonly attempts: string
  }
  readonly firstOf: (shown: string, all: string) => string
  readonly activeOf: (shown: string, all: string) => string
  readonly poll: string
  readonly follow: string
}

export const EXPRESSION: Texts<ExpressionTexts> = {
  en: {
    heading: id => `Expression ${id}`,
    loading: 'Loading …',
    unknown: id => `There is no expression ${id}. The server may have deleted it.`,
    result: 'Result',
    cancel: 'Cancel',
    figures: 'Figures',
    written: 'written',
    planned: 'planned',
    work: 'Work',
    span: 'Span',
    most: 'Most speed-up',
    elapsed: 'Elapsed',
    bound: 'Shortest possible',
    speedUp: 'Speed-up',
    busy: 'Slots at work',
    utilisation: 'Utilisation',
    slots: 'Slots',
    lost: 'Attempts lost',
    explain: {
      work: 'the time that one agent alone needs',
      span: 'the longest chain of operations that wait for one another',
      most: 'work divided by span: no number of agents is faster',
      bound: 'with these slots: the span, or an even share of the work',
      speedUp: 'work divided by elapsed time, once the expression is completed',
      busy: 'on average so far, with attempts that gave a result or still run',
      slots: 'the most that agents have had open at the same time so far',
      utilisation: 'slots at work, as a share of the slots'
    },
    play: 'Play',
    pause: 'Pause',
    live: 'Live',
    end: 'End',
    speed: 'Speed',
    moment: 'Moment',
    replay: 'Replay',
    link: 'Link to this moment',
    saveSvg: 'Save SVG',
    savePng: 'Save PNG',
    operations: 'Operations',
    columns: {
      id: 'Id',
      operation: 'Operation',
      phase: 'State',
      value: 'Value',
      agent: 'Agent',
      from: 'Start',
      took: 'Took',
      attempts: 'Attempts'
    },
    firstOf: (shown, all) => `The first ${shown} of ${all}`,
    activeOf: (shown, all) => `${shown} of ${all}: first those that are running or ready`,
    poll: 'Wait for the result',
    follow: 'Follow'
  },
  ru: {
    heading: id => `Выражение ${id}`,
    loading: 'Загрузка …',
    unknown: id => `Выражения ${id} нет. Возможно, сервер его удалил.`,
    result: 'Результат',
    cancel: 'Отменить',
    figures: 'Показатели',
    written: 'в записи',
    planned: 'в плане',
    work: 'Работа',
    span: 'Критический путь',
    most: 'Предел ускорения',
    elapsed: 'Прошло',
    bound: 'Быстрее нельзя',
    speedUp: 'Ускорение',
    busy: 'Занято слотов',
    utilisation: 'Загрузка',
    slots: 'Слоты',
    lost: 'Потеряно попыток',
    explain: {
      work: 'время, которое нужно одному агенту',
      span: 'самая длинная цепочка операций, ждущих друг друга',
      most: 'работа, делённая на критический путь: больше агентов быстрее не сделают',
      bound: 'с этими слотами: критический путь или равная доля работы',
      speedUp: 'работа, делённая на прошедшее время; известно, когда выражение вычислено',
      busy: 'в среднем до этого момента: попытками, которые дали результат или ещё идут',
      slots: 'сколько их у агентов было открыто одновременно, самое большее',
      utilisation: 'доля занятых слотов'
    },
    play: 'Воспроизвести',
    pause: 'Пауза',
    live: 'Сейчас',
    end: 'Конец',
    speed: 'Скорость',
    moment: 'Момент',
    replay: 'Повтор',
    link: 'Ссылка на этот момент',
    saveSvg: 'Сохранить SVG',
    savePng: 'Сохранить PNG',
    operations: 'Операции',
    columns: {
      id: 'Id',
      operation: 'Операция',
      phase: 'Состояние',
      value: 'Значение',
      agent: 'Агент',
      from: 'Начало',
      took: 'Длительность',
      attempts: 'Попытки'
    },
    firstOf: (shown, all) => `Первые ${shown} из ${all}`,
    activeOf: (shown, all) => `${shown} из ${all}: сначала те, что выполняются или готовы`,
    poll: 'Дождаться результата',
    follow: 'Следить'
  },
  es: {
    heading: id => `Expresión ${id}`,
    loading: 'Cargando …',
    unknown: id => `No existe la expresión ${id}. Puede que el servidor la haya borrado.`,
    result: 'Resultado',
    cancel: 'Cancelar',
    figures: 'Cifras',
    written: 'como se escribió',
    planned: 'según el plan',
    work: 'Trabajo',
    span: 'Camino crítico',
    most: 'Aceleración máxima',
    elapsed: 'Transcurrido',
    bound: 'Lo más breve posible',
    speedUp: 'Aceleración',
    busy: 'Puestos ocupados',
    utilisation: 'Utilización',
    slots: 'Puestos',
    lost: 'Intentos perdidos',
    explain: {
      work: 'el tiempo que necesita un solo agente',
      span: 'la cadena más larga de operaciones que se esperan unas a otras',
      most: 'trabajo entre camino crítico: ningún número de agentes es más rápido',
      bound: 'con estos puestos: el camino crítico o una parte igual del trabajo',
      speedUp: 'trabajo entre tiempo transcurrido, cuando la expresión está terminada',
      busy: 'de media hasta ahora, con intentos que dieron un resultado o siguen en curso',
      slots: 'los que los agentes han tenido abiertos a la vez, como máximo',
      utilisation: 'qué parte de los puestos está ocupada'
    },
    play: 'Reproducir',
    pause: 'Pausa',
    live: 'En vivo',
    end: 'Final',
    speed: 'Velocidad',
    moment: 'Momento',
    replay: 'Repetición',
    link: 'Enlace a este momento',
    saveSvg: 'Guardar SVG',
    savePng: 'Guardar PNG',
    operations: 'Operaciones',
    columns: {
      id: 'Id',
      operation: 'Operación',
      phase: 'Estado',
      value: 'Valor',
      agent: 'Agente',
      from: 'Inicio',
      took: 'Duración',
      attempts: 'Intentos'
    },
    firstOf: (shown, all) => `Las primeras ${shown} de ${all}`,
    activeOf: (shown, all) => `${shown} de ${all}: primero las que están en curso o listas`,
    poll: 'Esperar el resultado',
    follow: 'Seguir'
  }
}
