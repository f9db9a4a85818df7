/** Outlines in a square of 12 units. A state has one beside its text, as operations of the tree have. */
const SHAPES = {
  ring: <circle cx={6} cy={6} r={4} />,
  quarter: <><circle cx={6} cy={6} r={4.5} /><path class='full' d='M6 6V1.5A4.5 4.5 0 0 1 10.5 6Z' /></>,
  half: <><circle cx={6} cy={6} r={4.5} /><path class='full' d='M6 1.5A4.5 4.5 0 0 1 6 10.5Z' /></>,
  check: <path d='M1.5 6.5L4.5 9.5L10.5 2.5' />,
  cross: <path d='M2.5 2.5L9.5 9.5M9.5 2.5L2.5 9.5' />,
  dash: <path d='M2 6H10' />
} as const

export type ShapeName = keyof typeof SHAPES

/** Of the colour and the size of the text beside it, which says the same. */
export function Shape ({ name }: { name: ShapeName }) {
  return <svg class='shape' data-shape={name} viewBox='0 0 12 12' aria-hidden='true'>{SHAPES[name]}</svg>
}
