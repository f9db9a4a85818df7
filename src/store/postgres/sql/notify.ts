import { statement } from '../statement.js'

/** Notifies every server that listens, this one included. */
export const notify = statement('notify_all', { channel: 'text', payload: 'text' }, {}, `
SELECT pg_notify($channel, $payload)
`)
