import type { Pass } from './draft.js'
import { reassociate } from './reassociate.js'
import { share } from './share.js'

export const OPTIMIZATIONS = ['exact', 'none'] as const

export type Optimization = typeof OPTIMIZATIONS[number]

/** `exact`: the passes that never change a result; sharing first, because it makes chains shorter. */
export const PASSES: Readonly<Record<Optimization, readonly Pass[]>> = {
  exact: [share, reassociate],
  none: []
}
