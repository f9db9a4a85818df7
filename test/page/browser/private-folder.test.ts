import { chmod, chown, mkdir, stat, symlink, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { privateFolder } from './private-folder.js'

const isWindows = userInfo().uid === -1

test('a folder of its own is created for this user alone, and found again', { skip: isWindows }, async t => {
  const path = join(t.testdir(), 'own')
  for (let times = 0; times < 2; times++) t.equal(await privateFolder(path), path)
  t.equal((await stat(path)).mode & 0o777, 0o700)
})

test('a folder that other users can write to is refused', { skip: isWindows }, async t => {
  for (const mode of [0o720, 0o702]) {
    const path = join(t.testdir(), mode.toString(8))
    await mkdir(path)
    await chmod(path, mode)
    await t.rejects(privateFolder(path), { message: `${path} can be written to by other users` })
  }
})

test('a folder of another user is refused', { skip: isWindows }, async t => {
  const path = userInfo().uid === 0 ? join(t.testdir(), 'other') : '/'
  if (path !== '/') {
    await mkdir(path, { mode: 0o700 })
    await chown(path, 1, 1)
  }
  await t.rejects(privateFolder(path), /is of the user \d+, not of \d+$/)
})

test('a link and a file are refused', { skip: isWindows }, async t => {
  const folder = t.testdir()
  await symlink(folder, join(folder, 'link'))
  await writeFile(join(folder, 'file'), '')
  for (const name of ['link', 'file']) {
    await t.rejects(privateFolder(join(folder, name)), { message: `${join(folder, name)} is not a folder` })
  }
})
