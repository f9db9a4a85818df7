/**
 * The start of a store over damaged files: nothing is changed, and a person is told what to look
 * at. It is no domain error, for no client ever sees it.
 */
export function damaged (path: string, line: number | null, what: string): Error {
  const where = line === null ? path : `${path}, line ${line}`
  const error = new Error(`${where}: ${what}.
Nothing was changed. Put a copy of the whole folder aside, then restore ${path} from a backup; or, to go on without
what is in it, move the damaged file and the journal segments after it away and start again.`)
  error.name = 'DamagedStoreError'
  return error
}
