import { Quality } from '@picket/devices'

/** Beyond `suspect` a measure is suspect, beyond `fail` it fails. */
export interface Limits {
  suspect: number
  fail: number | undefined
}

/** The flag of a measure that is the worse the larger it is. */
export function beyond(measure: number, { suspect, fail }: Limits): Quality {
  if (fail !== undefined && measure > fail) return Quality.FAIL
  return measure > suspect ? Quality.SUSPECT : Quality.PASS
}
