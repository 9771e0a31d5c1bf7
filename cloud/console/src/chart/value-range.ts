/** Share of the data's span that is left free above and below it. */
const PADDING = 0.08
/** A threshold further away than this many spans of the data would press the curve flat. */
const REACH = 1.2

/**
 * The value axis for data between `min` and `max`: with some room, and with every threshold that is near
 * enough. Data that does not move gets a span of 2 % of its size, or 1 around zero.
 */
export function valueRange(min: number, max: number, thresholds: readonly number[]): [number, number] {
  const span = max - min || Math.abs(max) * 0.02 || 1
  const still = max === min ? span / 2 : 0
  let low = min - still
  let high = max + still
  for (const threshold of thresholds) {
    if (threshold < min - REACH * span || threshold > max + REACH * span) continue
    low = Math.min(low, threshold)
    high = Math.max(high, threshold)
  }
  const padding = Math.max(high - low, span) * PADDING
  return [low - padding, high + padding]
}
