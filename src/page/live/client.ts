import { createClient } from '../../client/index.js'

/** The folder of the page, so that it works below any prefix. */
export const SERVER = new URL('.', location.href).href.replace(/\/$/, '')

export const client = createClient(SERVER)

/** For streams: a page waits for its server however long that takes. */
export const patientClient = createClient(SERVER, { retry: { retries: Infinity, baseMs: 500, capMs: 5_000 } })
