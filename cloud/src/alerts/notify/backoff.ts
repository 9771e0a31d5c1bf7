const FIRST_DELAY_MS = 1000

/** The longest wait between two attempts, and the wait after a refusal, which time alone does not heal. */
export const LONGEST_DELAY_MS = 5 * 60_000

/**
 * How long to wait after a failure: doubling from 1 s to 5 min, of which a random half is left out so that
 * senders which failed together do not come back together.
 *
 * @param failures - in a row, this one included: from 1
 * @param random - from 0 to below 1
 */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS)
  return Math.round(whole / 2 + (whole / 2) * random)
}
