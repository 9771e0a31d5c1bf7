import { finite } from './finite.ts'

/**
 * Strain of a quarter bridge (one active gauge), in um/m, tension positive: eps = -4 Vr / (GF (1 + 2 Vr)), where Vr is
 * the change of the bridge's output over its excitation. The denominator is what a bridge with one gauge is not linear by.
 *
 * @param output - the bridge's output now and, as `zero`, without load; both mV/V
 * @param gaugeFactor - of the gauge's package, about 2 for metal foil
 */
export function quarterBridgeStrain(
  { output, zero }: { output: number; zero: number },
  gaugeFactor: number,
): number | undefined {
  const ratio = (output - zero) / 1000
  return finite(((-4 * ratio) / (gaugeFactor * (1 + 2 * ratio))) * 1e6 + 0)
}
