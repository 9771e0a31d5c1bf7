import { spawnSync } from 'node:child_process'

/** Why tests that need Debian's `prometheus` package skip here; undefined where they run. */
export const noPromtool =
  spawnSync('promtool', ['--version']).status === 0
    ? undefined
    : 'promtool (Debian package prometheus) is not installed: nothing is checked with it'

/** @returns the exit code and all that it printed */
export function promtool(words: readonly string[], input = ''): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', words, { input, encoding: 'utf8' })
  return { code: status, output: stdout + stderr }
}
