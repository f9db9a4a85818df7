import { dirname, join } from 'node:path'
import { test } from 'tap'
import { StartError, listenFailure, storeFailure } from '../../src/system/start-error.js'

/** As a system call or a database reports it. */
function coded (code: string, message = `it says ${code}`): Error {
  return Object.assign(new Error(message), { code })
}

test('what a file store failed of says what to do', async t => {
  const file = join(t.testdir({ here: '' }), 'there', 'x.json')
  const messages: ReadonlyArray<readonly [string, RegExp]> = [
    ['EACCES', /^This user is not permitted to write to .*there\. .*, or set DATA_FILE \(--data\) to another path$/],
    ['EPERM', /not permitted to write/], ['EROFS', /read-only/], ['ENOSPC', /no space left/],
    ['ENOENT', /cannot be created\. Create it/], ['ENOTDIR', /a file is in the way/], ['EEXIST', /a file is in the way/],
    ['EIO', /x\.json cannot be used: it says EIO/], ['ENAMETOOLONG', /name of DATA_FILE is too long/],
    ['EDQUOT', /quota/], ['ELOOP', /leads to itself/]
  ]
  for (const [code, message] of messages) {
    const cause = coded(code)
    const error = await storeFailure(cause, { DATA_FILE: file }) as Error
    t.ok(error instanceof StartError, code)
    t.match(error.message, message)
    t.equal(error.cause, cause)
  }
  const inUse = await storeFailure(new Error('x is in use; stop it'), { DATA_FILE: file }) as Error
  t.equal(inUse.message, 'x is in use; stop it', 'a message of ours stays')
  t.match(await storeFailure(coded('EACCES'), { DATA_FILE: dirname(dirname(file)) }), { message: /which is a folder/ })
  if (process.platform !== 'win32') {
    t.match(await storeFailure(coded('EACCES'), { DATA_FILE: '/dev/null' }), { message: /not a regular file/ })
  }
})

test('files that another user left are told from a folder in which this user may not write', {
  skip: process.getuid === undefined && 'there are no user ids'
}, async t => {
  const folder = t.testdir({ 'x.json': '', 'x.lock': '' })
  const place = { DATA_FILE: join(folder, 'x.json') }
  const path = join(folder, 'x.lock')
  const failure = async (path: string): Promise<string> =>
    (await storeFailure(Object.assign(coded('EACCES'), { path }), place) as Error).message
  t.match(await failure(path), /^This user is not permitted to write /, 'its own file')
  t.match(await failure(join(folder, 'missing')), /^This user is not permitted to write /, 'one that could not be made')
  const { getuid } = process
  t.teardown(() => { process.getuid = getuid! })
  process.getuid = () => 12345
  t.match(await failure(path), /x\.lock belongs to another user \(uid \d+\).*\(uid 12345\).*chown -R 12345 /)
})

test('what a database refused names it, its setting and no password', async t => {
  const DATABASE_URL = 'postgres://me:secret@db.example:5433/sums?password=secret'
  const messages: ReadonlyArray<readonly [Error, RegExp]> = [
    [coded('ECONNREFUSED'), /Start it, or correct the address \(DATABASE_URL\)$/],
    [coded('ENOTFOUND'), /Correct the host/], [coded('28P01'), /user or the password/], [coded('28000'), /pg_hba/],
    [coded('wrong_encoding'), /CREATE DATABASE longhand ENCODING 'UTF8'/], [coded('25006'), /primary/],
    [coded('3D000'), /Create the database/], [coded('42501'), /privileges/], [coded('XX000'), /named by DATABASE_URL$/],
    [new Error('timeout expired'), /timeout expired/],
    [new Error('for clients', { cause: coded('ECONNREFUSED', 'the reason') }), /the reason\. Start it/],
    [Object.assign(new AggregateError([coded('x', 'one'), coded('x', 'two')], ''), { code: 'ECONNREFUSED' }), /one; two/]
  ]
  for (const [cause, message] of messages) {
    const error = await storeFailure(cause, { DATABASE_URL, DATA_FILE: 'x' }) as Error
    t.ok(error instanceof StartError, String(message))
    t.match(error.message, /^PostgreSQL at db\.example:5433, database sums, cannot be used: /)
    t.match(error.message, message)
    t.notMatch(error.message, /secret/)
  }
})

test('an address that cannot be listened on is told with its settings', async t => {
  const address = { HOST: '10.0.0.1', PORT: 80 }
  for (const code of ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND']) {
    const error = listenFailure(coded(code), address) as Error
    t.ok(error instanceof StartError, code)
    t.match(error.message, /10\.0\.0\.1.*\((--port|--host)\)/)
  }
})

test('a fault of the program stays what it is', async t => {
  const fault = new TypeError('undefined is no function')
  t.equal(await storeFailure(fault, { DATA_FILE: 'x' }), fault)
  t.equal(listenFailure(fault, { HOST: 'x', PORT: 1 }), fault)
  t.notOk(fault instanceof StartError)
})
