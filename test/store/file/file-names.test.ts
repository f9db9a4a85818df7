import { test } from 'tap'
import { checkFileName, restoredPath, segmentFirst, segmentPath } from '../../../src/store/file/file-names.js'

const PATH = '/data/longhand.json'
const NAME = 'longhand.000000000004.journal'

test('a segment is named for its store and its first line', async t => {
  t.equal(segmentPath(PATH, 4), `/data/${NAME}`)
  t.equal(segmentFirst(PATH, NAME), 4)
  t.equal(segmentFirst(PATH, segmentPath('longhand.json', 12_345_678_901_234)), 12_345_678_901_234)
  for (const name of ['longhand.json', 'longhand.000000000004.journal.new', 'longhand.4.journal', `old.${NAME}`]) {
    t.equal(segmentFirst(PATH, name), null, name)
  }
  t.equal(segmentFirst(PATH, segmentPath('longhand.other.json', 4)), null)
})

test('stores of different names share no file, and a name without .json is refused', async t => {
  t.equal(segmentPath('/data/.json', 1), '/data/.000000000001.journal')
  t.doesNotThrow(() => checkFileName('/data/.json'))
  t.throws(() => checkFileName('/data/longhand'), { message: /must end with \.json\. Set it \(--data\) to \/data\/longhand\.json;/ })
  for (const path of [PATH, segmentPath(PATH, 4)]) t.equal(restoredPath(path), '/data/longhand.restored')
})
