// Runs before every npm script, on whatever Node the machine has: installs exactly what the lockfile
// says when that is not what node_modules holds, here or in the folder that is named. Plain JavaScript, because TypeScript needs what this brings.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const root = new URL(`./${process.argv[2] ?? '.'}/`, import.meta.url)
const stamp = new URL('node_modules/.installed-lockfile', root)
const wanted = createHash('sha256')
  .update(readFileSync(new URL('package-lock.json', root)))
  .digest('hex')
const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''

if (installed !== wanted) {
  console.error('picket: installing dependencies (npm ci) ...')
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (result.status !== 0) {
    console.error(
      'picket: npm ci failed; check the connection to the npm registry and the free disk space, then try again',
    )
    process.exit(result.status ?? 1)
  }
  writeFileSync(stamp, wanted)
}
