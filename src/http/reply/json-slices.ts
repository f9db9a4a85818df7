/** Items written at once: a thousand block other requests for 1 to 3 ms. */
const SLICE = 500

/**
 * Writes the items of a JSON array, without its brackets, and yields to other requests between slices.
 *
 * @param itemsOf returns the items from `start` up to `end`; the list must not change meanwhile
 */
export async function writeJsonSlices (
  count: number, itemsOf: (start: number, end: number) => readonly object[]
): Promise<string> {
  const slices: string[] = []
  for (let start = 0; start < count; start += SLICE) {
    if (start > 0) await new Promise(resolve => setImmediate(resolve))
    slices.push(JSON.stringify(itemsOf(start, Math.min(start + SLICE, count))).slice(1, -1))
  }
  return slices.join(',')
}
