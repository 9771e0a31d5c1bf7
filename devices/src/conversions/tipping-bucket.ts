import { finite } from './finite.ts'

/**
 * Rain between two counts of a tipping bucket, mm. A count that fell has rolled over where the counter's size is
 * known and less than half of it can have passed (as serial numbers are compared, RFC 1982); otherwise the counter
 * was set back and the rain between is unknown, not zero.
 *
 * @param counts - tips counted at both ends
 * @param gauge - `bucketMm` of rain a tip: 0.1, 0.2 or 0.5; `counterSize`: counts of the counter, 65536 for two bytes
 */
export function tippedRain(
  { before, after }: { before: number; after: number },
  { bucketMm, counterSize }: { bucketMm: number; counterSize?: number },
): number | undefined {
  if (after >= before) return finite((after - before) * bucketMm)
  if (counterSize === undefined) return undefined
  const tips = after + counterSize - before
  return tips < counterSize / 2 ? finite(tips * bucketMm) : undefined
}
