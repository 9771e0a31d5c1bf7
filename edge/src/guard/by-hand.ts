import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Override } from '@picket/devices'
import { type CancelTimer, type Clock, every, type Log } from '@picket/devices/runtime'
import { Type } from 'typebox'
import { Value } from 'typebox/value'

const LOOK_EVERY_MS = 500
const Overrides = Type.Array(Override, { maxItems: 100 })

/** The file in which overrides made at the gateway itself stand. */
export const overridesFile = (folder: string): string => join(folder, 'overrides.json')

/**
 * Follows the file of overrides, which `picket-edge output` writes: told of it now and whenever it has changed. One that
 * cannot be read counts as none, and is logged.
 */
export function watchOverrides(
  folder: string,
  { clock, log, tell }: { clock: Clock; log: Log; tell(overrides: readonly Override[]): void },
): CancelTimer {
  const file = overridesFile(folder)
  let seen = ''
  const look = (): void => {
    const stat = statSync(file, { throwIfNoEntry: false })
    const version = stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : ''
    if (version === seen) return
    seen = version
    const overrides = readOverrides(file)
    if (!overrides) log.error({ file }, 'the overrides cannot be read; there are none')
    tell(overrides ?? [])
  }
  look()
  return every(clock, LOOK_EVERY_MS, look)
}

/** What stands in the file; undefined where it is not as it should be. */
export function readOverrides(file: string): Override[] | undefined {
  if (!existsSync(file)) return []
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return Value.Check(Overrides, value) ? value : undefined
  } catch {
    return undefined
  }
}
