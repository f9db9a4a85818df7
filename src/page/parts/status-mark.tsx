import type { Status } from '../../client/index.js'
import { useTexts } from '../text/language.js'
import { PICTURE } from '../text/picture.js'
import { Shape, type ShapeName } from './shape.js'

const SHAPES: Readonly<Record<Status, ShapeName>> = {
  pending: 'ring', in_progress: 'quarter', completed: 'check', failed: 'cross', cancelled: 'dash'
}

/** The status of an expression: a shape and a word. */
export function StatusMark ({ status }: { status: Status }) {
  const { statuses } = useTexts(PICTURE)
  return <span class='status' data-status={status}><Shape name={SHAPES[status]} />{statuses[status]}</span>
}
