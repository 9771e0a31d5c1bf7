import { CLOCK_TOLERANCE_MS } from '@picket/devices'
import type { ClockState } from '../time/clock-keeper.ts'
import { SOFTWARE_DATE } from '../time/steady-clock.ts'
import { type Finding, fault, ok, warning } from './finding.ts'

const CHECK = 'clock'
const LATEST_YEAR = 2100

const REMEDY =
  'set the time (timedatectl set-time), let the machine ask a time server, or fit a real-time clock with a battery'

/**
 * The clock: its year, what the gateway knows of it, and whether the machine's time service says that it is right.
 *
 * @param nowMs - the machine's, ms UTC
 * @param synchronised - undefined where nobody can tell
 * @param clock - what the gateway says, where it runs
 */
export function examineClock(
  nowMs: number,
  synchronised: boolean | undefined,
  clock: ClockState | undefined,
): Finding {
  const time = new Date(nowMs).toISOString()
  const year = new Date(nowMs).getUTCFullYear()
  const aheadMs = clock?.hostAheadMs ?? 0
  if (Math.abs(aheadMs) > CLOCK_TOLERANCE_MS)
    return warning(
      CHECK,
      `it says ${time}, which is ${Math.round(aheadMs / 1000)} s ahead; the gateway goes by what the cloud told it: ${new Date(clock?.now ?? 0).toISOString()}`,
      REMEDY,
    )
  if (clock?.trust === 'suspect')
    return fault(
      CHECK,
      `it cannot be right, or was set: readings bear ${new Date(clock.now).toISOString()} and are marked; the cloud puts them right when it is reached`,
      REMEDY,
    )
  if (nowMs < SOFTWARE_DATE || year > LATEST_YEAR)
    return fault(CHECK, `it says ${time}, which cannot be`, REMEDY)
  if (synchronised) return ok(CHECK, `${time}, synchronised`)
  if (synchronised === undefined && clock?.trust === 'known')
    return ok(CHECK, `${time}, right by the cloud's word`)
  return warning(
    CHECK,
    synchronised === false
      ? `${time}, not synchronised`
      : `${time}; whether it is synchronised cannot be told`,
    'timedatectl set-ntp true, and name a time server that this network reaches; without one, fit a real-time clock',
  )
}
