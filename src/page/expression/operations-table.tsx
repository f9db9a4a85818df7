import { isLost } from '../model/figures.js'
import { momentOf } from '../model/moment.js'
import { type Calculation, attemptsOf } from '../model/record.js'
import { useGrowing } from '../parts/use-growing.js'
import { formulaOf } from '../picture/describe.js'
import { EXPRESSION } from '../text/expression.js'
import { count, duration } from '../text/format.js'
import { useLanguage, useTexts } from '../text/language.js'
import { PICTURE } from '../text/picture.js'

/** Rows that are shown; each costs a browser about 0.1 ms. */
const MAX_ROWS = 100
const ROWS_A_FRAME = 25

interface OperationsTableProps {
  readonly calculation: Calculation
  readonly atMs: number
  readonly lit: number | null
  readonly onLight: (id: number | null) => void
}

/** What the pictures show, as text. */
export function OperationsTable ({ calculation, atMs, lit, onLight }: OperationsTableProps) {
  const texts = useTexts(EXPRESSION)
  const { phases, outcomes, unnamed } = useTexts(PICTURE)
  const language = useLanguage()
  const { operations, createdMs } = calculation
  const shown = operations.slice(0, useGrowing(Math.min(MAX_ROWS, operations.length), ROWS_A_FRAME))
  return (
    <section class='operations panel'>
      <h2>{texts.operations}</h2>
      <div class='scroll' tabIndex={0} role='region' aria-label={texts.operations}>
        <table>
          <thead>
            <tr>
              {(['id', 'operation', 'phase', 'value', 'agent', 'from', 'took', 'attempts'] as const).map(name =>
                <th key={name} scope='col'>{texts.columns[name]}</th>)}
            </tr>
          </thead>
          <tbody>
            {shown.map(operation => {
              const { phase, attempt, lost, value } = momentOf(calculation, operation, atMs)
              const endMs = attempt === null ? null : Math.min(attempt.toMs ?? atMs, atMs)
              const lostOnes = attemptsOf(operation)
                .filter(({ toMs, outcome }) => toMs !== null && toMs <= atMs && isLost(outcome))
                .map(({ number, agent, outcome }) => `${number}: ${outcomes[outcome ?? '']} (${agent ?? unnamed})`)
              return (
                <tr
                  key={operation.id} data-lit={operation.id === lit ? '' : undefined}
                  onMouseEnter={() => onLight(operation.id)} onMouseLeave={() => onLight(null)}
                >
                  <td>{operation.id}</td>
                  <td class='mono'>{formulaOf(calculation, operation, atMs)}</td>
                  <td>
                    <span class='phase' data-phase={phase}>
                      {phases[phase === 'running' && lost > 0 ? 'retried' : phase]}
                    </span>
                  </td>
                  <td class='mono'>{value}</td>
                  <td>{attempt === null ? '' : attempt.agent ?? unnamed}</td>
                  <td>{attempt === null ? '' : duration(attempt.fromMs - createdMs, language)}</td>
                  <td>{attempt === null || endMs === null ? '' : duration(endMs - attempt.fromMs, language)}</td>
                  <td>{lostOnes.join('; ')}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {operations.length > MAX_ROWS && (
        <p class='quiet'>{texts.firstOf(count(MAX_ROWS, language), count(operations.length, language))}</p>
      )}
    </section>
  )
}
