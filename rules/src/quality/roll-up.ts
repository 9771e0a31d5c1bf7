import { Quality } from '@picket/devices'

// From what says least to what says most (QARTOD roll-up).
const ORDER: readonly Quality[] = [
  Quality.MISSING,
  Quality.NOT_EVALUATED,
  Quality.PASS,
  Quality.SUSPECT,
  Quality.FAIL,
]

/** One flag for what several tests said: the one that says most; not evaluated where there was no test. */
export function rollUp(flags: readonly Quality[]): Quality {
  if (flags.length === 0) return Quality.NOT_EVALUATED
  return ORDER[Math.max(...flags.map(flag => ORDER.indexOf(flag)))] as Quality
}
