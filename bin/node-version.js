/**
 * Why this Node.js cannot run Longhand; null if it can. Uses only syntax of old Node.js versions.
 *
 * @param {string} range of the form `>=MAJOR.MINOR`
 * @param {string} found such as `20.19.0`
 */
export function nodeTooOld (range, found = process.versions.node) {
  const [major, minor = 0] = range.match(/\d+/g).map(Number)
  const [foundMajor, foundMinor] = found.split('.').map(Number)
  if (foundMajor > major || (foundMajor === major && foundMinor >= minor)) return null
  return `Longhand needs Node.js ${major}.${minor} or newer; this is ${found} (${process.execPath})`
}
