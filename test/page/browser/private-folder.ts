import { lstat, mkdir } from 'node:fs/promises'
import { userInfo } from 'node:os'

/**
 * Creates a folder that only this user can read and write, unless there is one. A program may be started from it: in a
 * folder that is for everyone, such as that of temporary files, any user could have put another one there.
 *
 * @throws when what is there is not a folder, or another user could have written to it
 */
export async function privateFolder (path: string): Promise<string> {
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
  const found = await lstat(path)
  if (!found.isDirectory()) throw new Error(`${path} is not a folder`)
  const { uid } = userInfo()
  // Windows has neither, and a folder for temporary files of each user.
  if (uid === -1) return path
  if (found.uid !== uid) throw new Error(`${path} is of the user ${found.uid}, not of ${uid}`)
  if ((found.mode & 0o022) !== 0) throw new Error(`${path} can be written to by other users`)
  return path
}
