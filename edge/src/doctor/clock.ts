import { type Finding, fault, ok, warning } from './finding.ts'

const CHECK = 'clock'
/** No gateway with this software has run before. */
const EARLIEST_YEAR = 2026
const LATEST_YEAR = 2100

/**
 * The clock: its year, and whether the machine's time service says that it is right.
 *
 * @param nowMs - ms UTC
 * @param synchronised - undefined where nobody can tell
 */
export function examineClock(nowMs: number, synchronised: boolean | undefined): Finding {
  const time = new Date(nowMs).toISOString()
  const year = new Date(nowMs).getUTCFullYear()
  if (year < EARLIEST_YEAR || year > LATEST_YEAR)
    return fault(
      CHECK,
      `it says ${time}, which cannot be`,
      'set the time (timedatectl set-time), let the machine ask a time server, or fit a real-time clock with a battery',
    )
  if (synchronised) return ok(CHECK, `${time}, synchronised`)
  return warning(
    CHECK,
    synchronised === false
      ? `${time}, not synchronised`
      : `${time}; whether it is synchronised cannot be told`,
    'timedatectl set-ntp true, and name a time server that this network reaches; without one, fit a real-time clock',
  )
}
