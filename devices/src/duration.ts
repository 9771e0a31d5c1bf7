import { Type } from 'typebox'

/** A time between two reports, such as `6h`. */
export const Interval = Type.String({ pattern: '^[1-9]\\d*(ms|s|m|h|d)$' })

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A text such as `90s`, `6h` or `1h30m` in whole ms, or undefined where it is no duration. */
export function parseDuration(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy)]
  if (parts.length === 0 || parts.map(part => part[0]).join('') !== text) return undefined
  return parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit as string] as number),
    0,
  )
}

/** A duration in ms as its shortest text: 5400000 is `1h30m`. */
export function formatDuration(durationMs: number): string {
  let rest = Math.round(durationMs)
  let text = ''
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const amount = Math.floor(rest / (UNIT_MS[unit] as number))
    rest -= amount * (UNIT_MS[unit] as number)
    if (amount > 0) text += `${amount}${unit}`
  }
  return text || '0s'
}
