/** An inverse velocity, h per unit of displacement, at an event time. */
export interface Point {
  t: number
  inverse: number
}

/** When 1/v reaches 0, event times in ms, with the ends of the 95 % interval. */
export interface FailureTime {
  likely: number
  low: number
  high: number
}

/**
 * Fits 1/v = a + b t by least squares and answers where it reaches 0, with Fieller's interval (Fieller 1954; Draper and Smith, Applied
 * Regression Analysis, 3.2, inverse regression).
 *
 * @returns undefined where 1/v does not fall, the fit is poor, or the slope is not significantly below 0: the interval
 * would have no end
 */
export function failureOf(
  points: readonly Point[],
  { leastPoints, leastR2 }: { leastPoints: number; leastR2: number },
): FailureTime | undefined {
  const count = points.length
  if (count < Math.max(3, leastPoints)) return undefined
  const meanT = points.reduce((sum, { t }) => sum + t / count, 0)
  const meanY = points.reduce((sum, { inverse }) => sum + inverse / count, 0)
  let tt = 0
  let ty = 0
  let yy = 0
  for (const { t, inverse } of points) {
    tt += (t - meanT) ** 2
    ty += (t - meanT) * (inverse - meanY)
    yy += (inverse - meanY) ** 2
  }
  const slope = ty / tt
  const residual = Math.max(0, yy - slope * ty)
  if (!(slope < 0) || !(1 - residual / yy >= leastR2)) return undefined
  // (meanY + slope d)^2 = q^2 s^2 (1/n + d^2 / tt), d being the time from the mean.
  const variance = studentQuantile(count - 2) ** 2 * (residual / (count - 2))
  const square = slope * slope - variance / tt
  if (!(square > 0)) return undefined
  const half = -slope * meanY
  const root = Math.sqrt(Math.max(0, half * half - square * (meanY * meanY - variance / count)))
  return {
    likely: meanT - meanY / slope,
    low: meanT + (half - root) / square,
    high: meanT + (half + root) / square,
  }
}

/** 97.5 % quantile of Student's t, within 1 % from three degrees of freedom on (Abramowitz and Stegun 26.7.5). */
function studentQuantile(freedom: number): number {
  const z = 1.959963985
  return (
    z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  )
}
