import { Quality, type QuantityModel } from '@picket/devices'

/**
 * QARTOD gross range test: outside what the sensor can measure a value fails, outside what is usual it is
 * suspect (and still counts: an extreme but real value must alarm). Without ranges it is not evaluated.
 */
export function grossRange(v: number, { span, use }: Pick<QuantityModel, 'span' | 'use'>): Quality {
  if (span && (v < (span[0] as number) || v > (span[1] as number))) return Quality.FAIL
  if (use && (v < (use[0] as number) || v > (use[1] as number))) return Quality.SUSPECT
  return span || use ? Quality.PASS : Quality.NOT_EVALUATED
}
