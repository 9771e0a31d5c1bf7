import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { StartError } from '@picket/devices'

// What is no source: outputs, and what npm owns.
const NOT_SOURCES = new Set(['dist', 'node_modules'])

/** True when the built pages are missing or older than a source. */
export function needsBuild(consoleFolder: string): boolean {
  const built = join(consoleFolder, 'dist', 'index.html')
  return !existsSync(built) || newestMs(consoleFolder) > statSync(built).mtimeMs
}

function newestMs(folder: string): number {
  let newest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (NOT_SOURCES.has(entry.name)) continue
    const path = join(folder, entry.name)
    newest = Math.max(newest, entry.isDirectory() ? newestMs(path) : statSync(path).mtimeMs)
  }
  return newest
}

/**
 * Builds the console's pages with Vite.
 *
 * @throws StartError with the last line that Vite wrote
 */
export async function buildConsole(consoleFolder: string, signal: AbortSignal): Promise<void> {
  const vite = createRequire(join(consoleFolder, 'package.json')).resolve('vite/package.json')
  const child = spawn(
    process.execPath,
    [join(dirname(vite), 'bin', 'vite.js'), 'build', '--logLevel', 'error'],
    {
      cwd: consoleFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    },
  )
  let output = ''
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4000)
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const code = await new Promise<number | null>(resolve => {
    child.on('error', () => resolve(null))
    child.on('close', resolve)
  })
  if (code === 0 || signal.aborted) return
  const reason = output.trim().split('\n')[0] ?? ''
  throw new StartError(
    'console-build',
    `the console could not be built: ${reason}; try "npm run build -w @picket/cloud"`,
  )
}
