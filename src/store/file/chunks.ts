/**
 * Length of a chunk, in UTF-16 units. Strings of V8 end at about 500 million of these, and thousands of large
 * expressions are longer than that; besides, a whole snapshot should never be in memory as text.
 */
const CHUNK_LENGTH = 1024 * 1024

/**
 * The texts one after the other as UTF-8, in chunks of at least this length and at most one text more. Bytes become a
 * chunk of their own.
 */
export function * chunksOf (texts: Iterable<string | Uint8Array>, chunkLength = CHUNK_LENGTH): Generator<Buffer> {
  let gathered: string[] = []
  let length = 0
  for (const text of texts) {
    if (typeof text !== 'string') {
      if (length > 0) yield Buffer.from(gathered.join(''))
      yield Buffer.from(text.buffer, text.byteOffset, text.length)
    } else {
      gathered.push(text)
      length += text.length
      if (length < chunkLength) continue
      yield Buffer.from(gathered.join(''))
    }
    gathered = []
    length = 0
  }
  if (length > 0) yield Buffer.from(gathered.join(''))
}
