/** Colours of agents, before the next shape begins with the first of them. */
const COLOURS = 8

/**
 * The mark of an agent, within an SVG: its colour and its shape (a square, a circle, a diamond). Its name is beside it.
 *
 * @param place of the agent, from 0
 */
export function Swatch ({ place, size, x = 0, y = 0 }: { place: number, size: number, x?: number, y?: number }) {
  const shape = Math.floor(place / COLOURS) % 3
  // A square seems larger than the others.
  const half = size / (shape === 1 ? 2 : 2.6)
  return (
    <rect
      class='swatch' data-colour={place % COLOURS} x={-half} y={-half} width={2 * half} height={2 * half}
      rx={shape === 1 ? half : 1} transform={`translate(${x} ${y})${shape === 2 ? ' rotate(45)' : ''}`}
    />
  )
}
