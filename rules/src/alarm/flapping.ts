/** The time looked at, in slots. */
export const FLAP_SLOTS = 20

/**
 * How much a state changes, in percent: Icinga's measure (Icinga 2, checkable flapping), 100 * sum(0.8 + 0.02 i) / 20
 * over the changed ones of the last 20 slots, i = 0 the oldest. A recent change weighs more than an old one.
 *
 * @param changes - numbers of slots in which the state changed, each once
 * @param slot - number of the newest slot
 */
export function flapPercent(changes: readonly number[], slot: number): number {
  const oldest = slot - FLAP_SLOTS + 1
  const weights = changes
    .filter(change => change >= oldest && change <= slot)
    .map(change => 80 + 2 * (change - oldest))
  // In hundredths, so that no sum of decimal fractions is off by a bit.
  return weights.reduce((sum, weight) => sum + weight, 0) / FLAP_SLOTS
}

/** The first slot from `slot` on in which the measure is at `below` or less, if nothing changes any more. */
export function steadyFrom(
  changes: readonly number[],
  { slot, below }: { slot: number; below: number },
): number {
  let steady = slot
  while (flapPercent(changes, steady) > below) steady++
  return steady
}
