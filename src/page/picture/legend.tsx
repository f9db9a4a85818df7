import { useTexts } from '../text/language.js'
import { PICTURE } from '../text/picture.js'
import { BADGES, cornerOf } from './tree-node.js'

const PHASES = ['waiting', 'ready', 'running', 'expired', 'completed', 'failed', 'dropped'] as const

/** What the shapes mean. */
export function Legend () {
  const texts = useTexts(PICTURE)
  return (
    <ul class='legend'>
      {PHASES.map(phase => (
        <li key={phase}>
          <svg width={22} height={22} viewBox='-11 -11 22 22' aria-hidden='true'>
            <g class='node' data-phase={phase}>
              <rect class='body' x={-8} y={-8} width={16} height={16} rx={cornerOf(phase, 8)} />
              {phase === 'running' && (
                <g class='ring'>
                  <circle class='track' r={8} />
                  <circle r={8} transform='rotate(-90)' stroke-dasharray='30 60' />
                </g>
              )}
              <text class='mark' dy='0.35em'>{BADGES[phase]}</text>
            </g>
          </svg>
          {texts.phases[phase]}
        </li>
      ))}
      <li>
        <svg width={22} height={22} viewBox='-11 -11 22 22' aria-hidden='true'>
          <g class='node'><rect class='critical' x={-9} y={-9} width={18} height={18} rx={9} /></g>
        </svg>
        {texts.critical}
      </li>
      <li>
        <svg width={22} height={22} viewBox='-11 -11 22 22' aria-hidden='true'>
          <g class='bar' data-state='cancelled'><rect x={-10} y={-6} width={20} height={12} rx={3} /></g>
        </svg>
        {texts.released}
      </li>
    </ul>
  )
}
