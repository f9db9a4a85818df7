/** Why a process did not start, and what to do about it. */
import { realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { IN_MEMORY, type Settings } from '../settings.js'
import { codeOf } from '../core/error-code.js'

/** The message is all that a user needs; the cause is for developers. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly code = 'start_failed'
}

/** What to do about an error of PostgreSQL or of the network, by its code. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['28P01', 'Correct the user or the password'],
  ['28000', 'Correct the user, or allow it in pg_hba.conf'],
  ['3D000', 'Create the database, or name another one'],
  ['wrong_encoding', 'Create another database, for example with CREATE DATABASE longhand ' +
    "ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0, and name that one"],
  ['25006', 'Name the primary server, or make the database writable'],
  ['42501', 'Grant the privileges; docs/postgres.md lists those that the user needs'],
  ['ENOTFOUND', 'Correct the host'],
  ['EAI_AGAIN', 'Correct the host, or the name resolution of this machine']
])

/** The error to throw when the store could not be opened. A bug is returned as it is, because its stack is needed. */
export async function storeFailure (
  error: unknown, { DATABASE_URL: database, DATA_FILE: file }: Pick<Settings, 'DATABASE_URL' | 'DATA_FILE'>
): Promise<unknown> {
  if (!(error instanceof Error) || isBug(error)) return error
  if (database !== undefined) return new StartError(databaseFailure(error, database), { cause: error })
  return file === IN_MEMORY ? error : new StartError(await fileFailure(error, resolve(file)), { cause: error })
}

/** The same for an address that the server cannot listen on. */
export function listenFailure (error: unknown, { HOST: host, PORT: port }: Pick<Settings, 'HOST' | 'PORT'>): unknown {
  if (!(error instanceof Error) || isBug(error)) return error
  const message = {
    EADDRINUSE: `Port ${port} of ${host} is in use. Stop the program that listens there, or choose another port with ` +
      'PORT (--port)',
    EACCES: `This user is not permitted to listen on port ${port} of ${host}. Choose a port from 1024 up with ` +
      'PORT (--port)',
    EADDRNOTAVAIL: `HOST is ${host}, which is not an address of this machine. Set HOST (--host) to one that is`,
    ENOTFOUND: `HOST is ${host}, a name that cannot be resolved. Set HOST (--host) to an address`
  }[codeOf(error)]
  return message === undefined ? error : new StartError(message, { cause: error })
}

function databaseFailure (error: Error, url: string): string {
  // The error may be one for clients, with the reason as its cause.
  const reason = error.cause instanceof Error ? error.cause : error
  const code = codeOf(reason)
  const hint = HINTS.get(code) ?? (/^E[A-Z]/.test(code) ? 'Start it, or correct the address' : undefined)
  // Nothing else of the URL: it may contain a password in two places.
  const { host, pathname } = new URL(url)
  return `PostgreSQL at ${host === '' ? 'its default address' : host}, database ${pathname.slice(1) || '(default)'}, ` +
    `cannot be used: ${messageOf(reason)}. ` +
    (hint === undefined ? 'It is named by DATABASE_URL' : `${hint} (DATABASE_URL)`)
}

async function fileFailure (error: Error, file: string): Promise<string> {
  const found = await stat(file).catch(() => null)
  if (found?.isDirectory() === true) {
    return `DATA_FILE is ${file}, which is a folder. Name a file in it (--data ${resolve(file, 'longhand.json')})`
  }
  if (found !== null && !found.isFile()) {
    return `DATA_FILE is ${file}, which is not a regular file. Set it (--data) to one, or to a new name`
  }
  const code = codeOf(error)
  // The store's own codes come with a whole message; those of system calls are explained here.
  if (!/^E[A-Z]/.test(code)) return error.message
  // The files are where a link leads to.
  const folder = dirname(await realpath(file).catch(() => file))
  const message = code === 'EACCES' || code === 'EPERM'
    ? await accessFailure(error, folder)
    : MESSAGES.get(code)?.(folder) ?? `The data in ${file} cannot be used: ${error.message}. Fix that`
  return `${message}, or set DATA_FILE (--data) to another path`
}

const fileInTheWay = (folder: string): string =>
  `The data folder ${folder} cannot be created: a file is in the way. Remove that`

/** By the code of a system call. */
const MESSAGES: ReadonlyMap<string, (folder: string) => string> = new Map([
  ['EROFS', folder => `The data folder ${folder} is read-only. Mount it for writing`],
  ['ENOSPC', folder => `There is no space left in the data folder ${folder}. Free some`],
  ['EDQUOT', folder => `The disk quota of this user is used up in the data folder ${folder}. Raise it`],
  ['ENOENT', folder => `The data folder ${folder} cannot be created. Create it`],
  ['ENOTDIR', fileInTheWay],
  ['EEXIST', fileInTheWay],
  // `.000000000001.journal` in place of `.json`.
  ['ENAMETOOLONG', () => 'The name of DATA_FILE is too long: the name of the journal is 16 bytes longer, and the ' +
    'limit is 255 bytes. Choose a shorter one'],
  ['ELOOP', () => 'DATA_FILE is a link that leads to itself. Correct the link']
])

/** The folder may not be writable for this user, or files in it belong to another one. */
async function accessFailure (error: Error, folder: string): Promise<string> {
  const path = 'path' in error && typeof error.path === 'string' ? error.path : folder
  const found = path === folder ? null : await stat(path).catch(() => null)
  const user = process.getuid?.()
  if (found === null || user === undefined || found.uid === user) {
    return `This user is not permitted to write to the data folder ${folder}. Grant it the permission`
  }
  return `${path} belongs to another user (uid ${found.uid}) that has run Longhand here, and this user (uid ${user}) ` +
    `is not permitted to write it. Give all files of the store to this user (chown -R ${user} ${folder})`
}

/** An error of the program itself; one of a system call or a server has a code. */
function isBug (error: Error): boolean {
  return codeOf(error) === '' &&
    (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
}

/** If no address of a host answers, the error has a message for each and none of its own. */
function messageOf (error: Error): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(each => each instanceof Error ? messageOf(each) : String(each)).join('; ')
  }
  return error.message
}
