import {
  chownSync,
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { formatDuration, Override, parseDuration, StartError } from '@picket/devices'
import { Value } from 'typebox/value'
import { overridesFile, readOverrides } from './by-hand.ts'

/** Longest time by hand: who forgets an override must not have silenced a siren for ever. */
const LONGEST_MS = 30 * 86_400_000

/** What a person wants of an output, as it was typed. */
export interface Wish {
  output: string
  state: string
  for?: string | undefined
  by?: string | undefined
  reason?: string | undefined
}

/** Where it is to be written. */
export interface Outputs {
  /** Data folder of the gateway. */
  folder: string
  /** What its file declares. */
  declared: readonly string[]
  /** ms UTC. */
  now: number
}

/**
 * Writes an override into the file that the guard follows, or takes it out (`auto`). What has ended is taken out with it.
 *
 * @returns the override, undefined for `auto`
 * @throws StartError where the wish is none, or cannot be written
 */
export function setOverride(wish: Wish, { folder, declared, now }: Outputs): Override | undefined {
  const override = readWish(wish, declared, now)
  if (!existsSync(folder))
    throw new StartError('data-folder', `no folder ${folder}: the gateway has never run with this file`)
  const file = overridesFile(folder)
  const others = (readOverrides(file) ?? []).filter(
    ({ output, until }) => output !== wish.output && until > now && declared.includes(output),
  )
  write(file, folder, override ? [...others, override] : others)
  return override
}

function readWish(
  { output, state, for: time, by, reason }: Wish,
  declared: readonly string[],
  now: number,
): Override | undefined {
  if (!declared.includes(output))
    throw wrong(`no output ${output}; the gateway's file has ${declared.join(', ') || 'none'}`)
  if (state === 'auto') return undefined
  if (state !== 'on' && state !== 'off') throw wrong(`${state} is no state; say on, off or auto`)
  if (time === undefined || by === undefined || reason === undefined)
    throw wrong(`${state} needs --for, --by and --reason: it stands in the record of what was switched`)
  const durationMs = parseDuration(time)
  if (!durationMs || durationMs > LONGEST_MS)
    throw wrong(`--for ${time} is no time up to ${formatDuration(LONGEST_MS)}, such as 90s, 1h or 1h30m`)
  const override = { output, on: state === 'on', until: now + Math.round(durationMs), by, reason }
  if (!Value.Check(Override, override)) throw wrong('--by takes 1 to 200 characters, --reason 1 to 1000')
  return override
}

const wrong = (message: string): StartError => new StartError('output-wish', message)

/** In place of the last one, so that a power cut leaves one of the two; owned as the folder is, whoever writes. */
function write(file: string, folder: string, overrides: readonly Override[]): void {
  const next = `${file}.new`
  try {
    rmSync(next, { force: true })
    const descriptor = openSync(next, 'wx', 0o600)
    try {
      fchmodSync(descriptor, 0o600)
      writeSync(descriptor, JSON.stringify(overrides, undefined, 2))
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    const { uid, gid } = statSync(folder)
    if (process.geteuid?.() === 0) chownSync(next, uid, gid)
    renameSync(next, file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StartError(
      'output-write',
      `cannot write ${file} (${code}); run this as the user of the gateway (sudo -u picket)`,
    )
  }
}
