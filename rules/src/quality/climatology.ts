import { Quality } from '@picket/devices'

/** What is usual in a part of the year; days as `month * 100 + day`, UTC, both inclusive. */
export interface SeasonRange {
  first: number
  last: number
  low: number
  high: number
}

/** QARTOD climatology test: outside what is usual in its season a reading is suspect; without a season not evaluated. */
export function climatology(t: number, v: number, seasons: readonly SeasonRange[]): Quality {
  const date = new Date(t)
  const day = (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
  const season = seasons.find(({ first, last }) =>
    first <= last ? day >= first && day <= last : day >= first || day <= last,
  )
  if (!season) return Quality.NOT_EVALUATED
  return v < season.low || v > season.high ? Quality.SUSPECT : Quality.PASS
}
