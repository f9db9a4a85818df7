import {
  appendFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync,
  truncateSync
} from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { type Disk, createFile, realDisk, replaceFile } from '../../../src/store/file/disk.js'
import { FATES, createFaultyDisk, createRandom, filesOf, imageOf, powerLoss, randomFate } from './faulty-disk.js'

/** What both disks do alike: the real one, and the one that the other tests of the store rely on. */
function bothDisks (name: string, run: (t: Test, disk: Disk, folder: string) => Promise<void>): void {
  test(`the real disk: ${name}`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'longhand-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    await run(t, realDisk, folder)
  })
  test(`the faulty disk: ${name}`, async t => run(t, createFaultyDisk(), '/folder'))
}

async function textOf (disk: Disk, path: string): Promise<string | null> {
  return (await disk.read(path))?.toString() ?? null
}

bothDisks('a file is written from its beginning, appended to, cut and read', async (t, disk, folder) => {
  const path = join(folder, 'a')
  t.equal(await textOf(disk, path), null)
  const file = await disk.create(path)
  await file.append(Buffer.from('one '))
  await file.append(Buffer.alloc(0))
  await file.append(Buffer.from('two three'))
  t.equal(await textOf(disk, path), 'one two three')
  await file.truncate(7)
  await file.append(Buffer.from(' four'))
  await file.sync()
  await file.close()
  t.equal(await textOf(disk, path), 'one two four')
  await (await disk.create(path)).close()
  t.equal(await textOf(disk, path), '', 'a new one of that name is empty')
})

bothDisks('a reopened file continues at the given byte, and is truncated there', async (t, disk, folder) => {
  const path = join(folder, 'a')
  const first = await disk.create(path)
  await first.append(Buffer.from('0123456789'))
  await first.close()
  const file = await disk.reopen(path, 8, 5)
  t.equal(await textOf(disk, path), '01234567')
  await file.append(Buffer.from('five'))
  await file.sync()
  await file.close()
  t.equal(await textOf(disk, path), '01234five')
  await t.rejects(disk.reopen(join(folder, 'b'), 0, 0), { code: 'ENOENT' })
})

bothDisks('files are named, renamed and removed', async (t, disk, folder) => {
  t.same(await disk.names(join(folder, 'missing')), [])
  await disk.resolve(join(folder, 'a'))
  for (const name of ['a', 'b']) {
    const file = await disk.create(join(folder, name))
    await file.append(Buffer.from(name))
    await file.close()
  }
  t.same((await disk.names(folder)).sort(), ['a', 'b'])
  await disk.rename(join(folder, 'a'), join(folder, 'b'))
  await disk.syncFolder(folder)
  t.equal(await textOf(disk, join(folder, 'b')), 'a')
  await disk.remove(join(folder, 'b'))
  await disk.remove(join(folder, 'b'))
  t.same(await disk.names(folder), [])
  await t.rejects(disk.rename(join(folder, 'a'), join(folder, 'b')), { code: 'ENOENT' })
})

bothDisks('one process has the lock at a time', async (t, disk, folder) => {
  const path = await disk.resolve(join(folder, 'a.json'))
  const lock = await disk.lock(path)
  t.ok(lock.isHeld())
  await t.rejects(disk.lock(path), /in use/)
  await lock.release()
  await (await disk.lock(path)).release()
})

bothDisks('a file is replaced whole, and created with its content', async (t, disk, folder) => {
  const path = join(folder, 'a')
  for (const text of ['old', 'new']) {
    await replaceFile(disk, path, [Buffer.from(text), Buffer.from('!')])
    t.equal(await textOf(disk, path), `${text}!`)
  }
  const file = await createFile(disk, join(folder, 'b'), Buffer.from('head '))
  await file.append(Buffer.from('tail'))
  await file.close()
  t.equal(await textOf(disk, join(folder, 'b')), 'head tail')
  t.same((await disk.names(folder)).sort(), ['a', 'b'])
})

test('folders are made with all that is above them', async t => {
  const folder = join(t.testdir(), 'a', 'b', 'c')
  const path = await realDisk.resolve(join(folder, 'longhand.json'))
  t.equal(await realDisk.resolve(path), path)
  t.ok(statSync(folder).isDirectory())
})

test('files are for their owner only', { skip: process.platform === 'win32' }, async t => {
  const path = join(t.testdir(), 'a')
  await (await realDisk.create(path)).close()
  t.equal(statSync(path).mode & 0o777, 0o600)
})

test('a full disk, and what is no file, are errors', { skip: !existsSync('/dev/full') }, async t => {
  const file = await realDisk.create('/dev/full')
  await t.rejects(file.append(Buffer.from('more')), { code: 'ENOSPC' })
  await file.close()
  const folder = t.testdir()
  mkdirSync(join(folder, 'a'))
  await t.rejects(realDisk.read(join(folder, 'a')), { code: 'EISDIR' })
  await t.rejects(realDisk.create(join(folder, 'a')), { code: 'EISDIR' })
})

test('whatever fails while a file is replaced, the old one stays, and nothing beside it', async t => {
  for (const kind of ['create', 'write', 'sync', 'rename'] as const) {
    const disk = createFaultyDisk(imageOf({ '/folder/a': 'old' }))
    disk.fail(kind, { code: 'ENOSPC', written: 1 })
    await t.rejects(replaceFile(disk, '/folder/a', [Buffer.from('new')]), { code: 'ENOSPC' }, kind)
    t.strictSame(filesOf(disk.image()), { '/folder/a': Buffer.from('old') })
    t.equal(disk.open, 0)
  }
})

test('the faulty disk loses unsynced bytes, and only these', async t => {
  const disk = createFaultyDisk()
  const left = (fate = FATES.lost): Record<string, string> =>
    Object.fromEntries(Object.entries(filesOf(powerLoss(disk.image(), fate))).map(([path, data]) => [path, `${data}`]))
  const file = await disk.create('/folder/a')
  await file.append(Buffer.from('one'))
  await file.sync()
  t.same(left(), {}, 'the file is synced, but not its entry')
  t.same(left(FATES.entries), { '/folder/a': 'one' })
  await disk.syncFolder('/folder')
  t.same(left(), { '/folder/a': 'one' })
  await file.append(Buffer.from('two'))
  t.same(left(), { '/folder/a': 'one' })
  t.same(left(FATES.kept), { '/folder/a': 'onetwo' })
  await disk.rename('/folder/a', '/folder/b')
  t.same(left(), { '/folder/a': 'one' })
  t.same(left(FATES.entries), { '/folder/b': 'one' })

  const seen = new Set<string>()
  const random = createRandom(7)
  for (let round = 0; round < 400; round++) for (const text of Object.values(left(randomFate(random)))) seen.add(text)
  for (const text of ['one', 'onet', 'onetw', 'onetwo', 'one\0\0', 'one\0\0\0']) t.ok(seen.has(text), text)
})

test('on the faulty disk a sync after a failed one does not save what that one lost', async t => {
  const disk = createFaultyDisk()
  const file = await createFile(disk, '/folder/a', Buffer.from('one'))
  await file.append(Buffer.from('two'))
  disk.fail('sync', { code: 'EIO' })
  await t.rejects(file.sync(), { code: 'EIO' })
  await file.sync()
  t.equal(`${filesOf(disk.image())['/folder/a']}`, 'onetwo', 'it can be read')
  t.equal(`${filesOf(powerLoss(disk.image(), FATES.kept))['/folder/a']}`, 'one', 'and is not on disk')
})

bothDisks('a file knows when something else has changed its size, or taken its name', async (t, disk, folder) => {
  const path = join(folder, 'a')
  const file = await createFile(disk, path, Buffer.from('0123456789'))
  t.equal(file.check(path), 'intact')
  t.equal(file.check(join(folder, 'b')), 'moved')
  await disk.rename(path, join(folder, 'b'))
  t.equal(file.check(path), 'moved')
  t.equal(file.check(join(folder, 'b')), 'intact')
  await file.append(Buffer.from('more'))
  await file.truncate(12)
  t.equal(file.check(join(folder, 'b')), 'intact', 'what it does itself does not count')
  const other = await createFile(disk, path, Buffer.from('0123456789ab'))
  t.equal(file.check(path), 'moved', 'another file of the same size')
  await other.close()
  await file.close()
})

test('on the real disk a file that is truncated or appended to by another program is not intact', async t => {
  const path = join(t.testdir({ data: {} }), 'data', 'a')
  const file = await createFile(realDisk, path, Buffer.from('0123456789'))
  truncateSync(path, 5)
  t.equal(file.check(path), 'resized')
  appendFileSync(path, '56789')
  t.equal(file.check(path), 'intact')
  appendFileSync(path, '!')
  t.equal(file.check(path), 'resized')
  await rename(join(t.testdirName, 'data'), join(t.testdirName, 'moved'))
  t.equal(file.check(path), 'moved', 'its folder was moved')
  await rm(join(t.testdirName, 'moved'), { recursive: true })
  t.equal(file.check(join(t.testdirName, 'moved', 'a')), 'moved', 'its folder was deleted')
  await file.close()
})

test('a file that is being written is not opened a second time, under no name, and stays as it is', {
  skip: process.platform === 'win32' && 'its locks would keep others from reading'
}, async t => {
  const folder = t.testdir()
  const path = join(folder, 'a')
  const file = await createFile(realDisk, path, Buffer.from('0123456789'))
  linkSync(path, join(folder, 'hard'))
  symlinkSync(path, join(folder, 'soft'))
  for (const name of ['a', 'hard', 'soft']) {
    await t.rejects(realDisk.create(join(folder, name)), /in use by another Longhand process/)
    await t.rejects(realDisk.reopen(join(folder, name), 3, 3), /in use by another Longhand process/)
  }
  t.equal(readFileSync(path, 'utf8'), '0123456789')
  await file.close()
  await (await realDisk.reopen(path, 3, 3)).close()
  t.equal(readFileSync(path, 'utf8'), '012')
})

test('the faulty disk can be full, and has room again when a file is removed', async t => {
  const disk = createFaultyDisk()
  const file = await disk.create('/folder/a')
  disk.setRoom(5)
  await t.rejects(file.append(Buffer.from('0123456789')), { code: 'ENOSPC' })
  t.equal(`${filesOf(disk.image())['/folder/a']}`, '01234')
  await file.truncate(0)
  await file.append(Buffer.from('abcde'))
  const other = await disk.create('/folder/b')
  await t.rejects(other.append(Buffer.from('f')), { code: 'ENOSPC' })
  await disk.remove('/folder/a')
  await other.append(Buffer.from('f'))
})
