/** Why a server did not start, in a sentence that says what to do. */
import { realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { IN_MEMORY, type Settings } from '../settings.js'

type Place = Pick<Settings, 'DATABASE_URL' | 'DATA_FILE'>
type Address = Pick<Settings, 'HOST' | 'PORT'>

const NAME = 'StartError'

/** Of PostgreSQL, and of the network. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['28P01', 'Correct the user or the password'],
  ['28000', 'Correct the user, or let it in (pg_hba.conf)'],
  ['3D000', 'Create the database, or name another one'],
  ['wrong_encoding', 'Create another one, for example with CREATE DATABASE longhand ' +
    "ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0, and name that one"],
  ['25006', 'Name the primary server, or make the database writable'],
  ['42501', 'Give the user the right; docs/postgres.md says which ones it needs'],
  ['ENOTFOUND', 'Correct the host'],
  ['EAI_AGAIN', 'Correct the host, or the name service of this machine']
])

/** Whether the message is all that a person needs; the cause is there for those who look into Longhand itself. */
export function isStartError (error: Error): boolean {
  return error.name === NAME
}

/** What to throw when the store could not be opened. A fault of the program stays what it is. */
export async function storeFailure (
  error: unknown, { DATABASE_URL: database, DATA_FILE: file }: Place
): Promise<unknown> {
  if (!(error instanceof Error) || isFault(error)) return error
  if (database !== undefined) return startError(databaseFailure(error, database), error)
  return file === IN_MEMORY ? error : startError(await fileFailure(error, resolve(file)), error)
}

/** The same when the address could not be listened on. */
export function listenFailure (error: unknown, { HOST: host, PORT: port }: Address): unknown {
  if (!(error instanceof Error) || isFault(error)) return error
  const sentence = {
    EADDRINUSE: `Port ${port} of ${host} is in use. Stop the program that listens there, or choose another port with ` +
      'PORT (--port)',
    EACCES: `This user may not listen on port ${port} of ${host}. Choose a port from 1024 up with PORT (--port)`,
    EADDRNOTAVAIL: `HOST is ${host}, which is no address of this machine. Set HOST (--host) to one that is`,
    ENOTFOUND: `HOST is ${host}, and nobody knows the address of that name. Set HOST (--host) to an address`
  }[codeOf(error) ?? '']
  return sentence === undefined ? error : startError(sentence, error)
}

function databaseFailure (error: Error, url: string): string {
  // What is said for clients has the reason behind it.
  const reason = error.cause instanceof Error ? error.cause : error
  const code = codeOf(reason) ?? ''
  const hint = HINTS.get(code) ?? (/^E[A-Z]/.test(code) ? 'Start it, or correct the address' : undefined)
  // Nothing else of the URL: it may hold a password in two places.
  const { host, pathname } = new URL(url)
  return `PostgreSQL at ${host === '' ? 'its default address' : host}, database ${pathname.slice(1) || '(default)'}, ` +
    `cannot be used: ${messageOf(reason)}. ` +
    (hint === undefined ? 'It is the one of DATABASE_URL' : `${hint} (DATABASE_URL)`)
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
  if (code === undefined || !/^E[A-Z]/.test(code)) return error.message
  // A link leads elsewhere, and the files are there.
  const folder = dirname(await realpath(file).catch(() => file))
  const sentence = code === 'EACCES' || code === 'EPERM'
    ? await accessFailure(error, folder)
    : SENTENCES.get(code)?.(folder) ?? `The data in ${file} cannot be used: ${error.message}. Fix that`
  return `${sentence}, or set DATA_FILE (--data) to another place`
}

const IN_THE_WAY = (folder: string): string =>
  `The folder ${folder}, where the data is to be kept, cannot be made: a file is in the way. Remove that`

/** What a system call says of the folder of the data. */
const SENTENCES: ReadonlyMap<string, (folder: string) => string> = new Map([
  ['EROFS', folder => `${folder}, where the data is kept, can only be read. Mount it for writing`],
  ['ENOSPC', folder => `There is no space left in ${folder}, where the data is kept. Make some`],
  ['EDQUOT', folder => `The disk quota of this user is used up in ${folder}, where the data is kept. Raise it`],
  ['ENOENT', folder => `The folder ${folder}, where the data is to be kept, cannot be made. Make it`],
  ['ENOTDIR', IN_THE_WAY],
  ['EEXIST', IN_THE_WAY],
  ['ENAMETOOLONG', () => `The name of DATA_FILE is too long: the journal beside it has one that is ${JOURNAL_ADDS} ` +
    'bytes longer, and a name has at most 255 bytes. Choose a shorter one'],
  ['ELOOP', () => 'DATA_FILE is a link that leads to itself. Correct the link']
])

/** `.000000000001.journal` in place of `.json`. */
const JOURNAL_ADDS = 16

/** Tells a folder that this user may not write from files that another user has left in it. */
async function accessFailure (error: Error, folder: string): Promise<string> {
  const path = 'path' in error && typeof error.path === 'string' ? error.path : folder
  const found = path === folder ? null : await stat(path).catch(() => null)
  const user = process.getuid?.()
  if (found === null || user === undefined || found.uid === user) {
    return `This user may not write in ${folder}, where the data is kept. Give it the right`
  }
  return `${path} belongs to another user (uid ${found.uid}) that has run Longhand here, and this user (uid ${user}) ` +
    `may not write it. Give all files of the store to this user (chown -R ${user} ${folder})`
}

export function startError (message: string, cause?: Error): Error {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { name: NAME })
}

/** Of the program, whose stack is needed; of a system call or a server there is a code. */
function isFault (error: Error): boolean {
  return codeOf(error) === undefined &&
    (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
}

function codeOf (error: Error): string | undefined {
  if ('code' in error && typeof error.code === 'string') return error.code
  return undefined
}

/** A host of several addresses of which none answers is an error without a message of its own. */
function messageOf (error: Error): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(one => one instanceof Error ? messageOf(one) : String(one)).join('; ')
  }
  return error.message
}
