import { finite } from './finite.ts'
import { GRAVITY } from './head.ts'

const ROOT_2G = Math.sqrt(2 * GRAVITY)

// Water below the crest does not flow over it: a true zero, not a missing value.
const overCrest = (headM: number): number => Math.max(0, headM)

/**
 * Discharge over a thin-plate rectangular weir, m3/s: Q = Cd b sqrt(2g) 2/3 h^1.5 (ISO 1438).
 *
 * @param headM - water above the crest, m, measured upstream of the drawdown; below the crest the discharge is 0
 * @param weir - `coefficient` Cd without unit, about 0.6; `width` b of the crest, m
 */
export const rectangularWeirFlow = (
  headM: number,
  { coefficient, width }: { coefficient: number; width: number },
): number | undefined => finite(((coefficient * width * ROOT_2G * 2) / 3) * overCrest(headM) ** 1.5)

/**
 * Discharge over a V-notch weir, m3/s: Q = Cd 8/15 sqrt(2g) tan(theta/2) h^2.5 (ISO 1438).
 *
 * @param headM - water above the notch's point, m; below it the discharge is 0
 * @param weir - `coefficient` Cd without unit, about 0.58; `angle` theta of the notch, deg, between 0 and 180
 */
export function notchWeirFlow(
  headM: number,
  { coefficient, angle }: { coefficient: number; angle: number },
): number | undefined {
  if (!(angle > 0 && angle < 180)) return undefined
  const slope = Math.tan((angle * Math.PI) / 360)
  return finite(coefficient * (8 / 15) * ROOT_2G * slope * overCrest(headM) ** 2.5)
}
