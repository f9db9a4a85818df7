/**
 * The last step of `npm run build`: deletes outputs whose source is gone. The compiler leaves them, and `npm pack`
 * would ship them. The page is not its output.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

for (const name of readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })) {
  const [, stem] = /^(.+?)\.(?:js|js\.map|d\.ts)$/.exec(name) ?? []
  if (stem !== undefined && !/^page[\\/]/.test(name) && !existsSync(join(root, 'src', `${stem}.ts`))) rmSync(join(root, 'dist', name))
}
