import { statement } from '../statement.js'

/** Locks places that seem to be idle against everybody, unless somebody is about to put work there. */
export const lockPlaces = statement('lock_places', { expressions: 'bigint[]' }, `
SELECT l.expression FROM longhand.line l
WHERE l.expression = ANY ($expressions) AND NOT EXISTS (
  SELECT FROM longhand.task t WHERE t.expression = l.expression AND t.state = 'ready')
ORDER BY l.expression FOR UPDATE SKIP LOCKED
`)

/**
 * Takes expressions without ready work out of the line. Only for those that `lockPlaces` has locked, and as a statement
 * of its own: it has to see what was made ready before the locks, and nothing can be made ready behind them.
 */
export const delist = statement('delist', { expressions: 'bigint[]' }, `
DELETE FROM longhand.line l
WHERE l.expression = ANY ($expressions) AND NOT EXISTS (
  SELECT FROM longhand.task t WHERE t.expression = l.expression AND t.state = 'ready')
`)

/** Everybody in the line who has nothing to give: what servers that were killed have not cleared away. */
export const idlePlaces = statement('idle_places', { most: 'integer' }, `
SELECT l.expression FROM longhand.line l
WHERE NOT EXISTS (SELECT FROM longhand.task t WHERE t.expression = l.expression AND t.state = 'ready')
LIMIT $most
`)
