import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { makeFolders } from '../../../src/store/file/folder.js'

test('missing folders are made, and the topmost is returned', async t => {
  const base = t.testdir({ file: '' })
  t.equal(await makeFolders(base), undefined)
  t.equal(await makeFolders(join(base, 'a', 'b', 'c')), join(base, 'a'))
  t.ok(existsSync(join(base, 'a', 'b', 'c')))
  t.equal(await makeFolders(join(base, 'a', 'd')), join(base, 'a', 'd'))
  await t.rejects(makeFolders(join(base, 'file', 'x')), { code: 'ENOTDIR' })
  t.same(await Promise.all([1, 2, 3].map(() => makeFolders(join(base, 'e', 'f')).then(() => 'made'))),
    ['made', 'made', 'made'], 'several at once')
})

test('where the system permits no folder, the error is thrown and nothing is tried forever', {
  skip: process.platform !== 'linux' && 'there is no /proc'
}, async t => {
  await t.rejects(makeFolders('/proc/longhand/x'), { code: 'ENOENT' })
})
