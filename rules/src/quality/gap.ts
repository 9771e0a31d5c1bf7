import type { Sample } from './sample.ts'

/**
 * QARTOD gap test. A reading that is not there has no flag of its own, and its silence is the rules' business; here a
 * gap means that what lies on either side of it is not compared.
 *
 * @param afterMs - the longest time between two readings that belong together
 */
export const isGap = (from: Sample, to: Sample, afterMs: number): boolean => to.t - from.t > afterMs
