import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ROOT } from './installation.ts'

/** Builds the console's pages into a folder of their own. */
export function buildConsoleInto(folder: string): void {
  const console_ = join(ROOT, 'cloud', 'console')
  const vite = createRequire(join(ROOT, 'cloud', 'package.json')).resolve('vite/package.json')
  const script = join(dirname(vite), 'bin', 'vite.js')
  const options = ['build', '--logLevel', 'error', '--outDir', folder, '--emptyOutDir']
  execFileSync(process.execPath, [script, ...options], { cwd: console_, stdio: 'pipe' })
}
