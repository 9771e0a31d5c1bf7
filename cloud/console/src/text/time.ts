import { language, t } from './language.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const STEPS = [
  { key: 'duration.d', ms: DAY },
  { key: 'duration.h', ms: HOUR },
  { key: 'duration.min', ms: MINUTE },
  { key: 'duration.s', ms: SECOND },
] as const

/** A duration by its largest unit and, where that is at most 12 of it, the next one: `2 h 5 min`. */
export function durationText(durationMs: number): string {
  if (durationMs < SECOND) return t('duration.ms', { n: Math.max(0, Math.round(durationMs)) })
  const first = STEPS.findIndex(step => durationMs >= step.ms)
  const large = STEPS[first]!
  const amount = Math.floor(durationMs / large.ms)
  const text = t(large.key, { n: amount })
  const small = STEPS[first + 1]
  if (!small || amount > 12) return text
  const rest = Math.floor((durationMs - amount * large.ms) / small.ms)
  return rest > 0 ? `${text} ${t(small.key, { n: rest })}` : text
}

/** How long ago something was, by its largest unit alone: `5 min ago`. */
export function agoText(ageMs: number): string {
  if (ageMs < SECOND) return t('devices.now')
  const step = STEPS.find(({ ms }) => ageMs >= ms)!
  return t('devices.ago', { age: t(step.key, { n: Math.floor(ageMs / step.ms) }) })
}

const locale = (): string => (language.value === 'zh' ? 'zh-CN' : 'en-GB')

const formats = new Map<string, Intl.DateTimeFormat>()

function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale()} ${name}`
  let made = formats.get(key)
  if (!made) {
    made = new Intl.DateTimeFormat(locale(), { hourCycle: 'h23', ...options })
    formats.set(key, made)
  }
  return made
}

/** Hours, minutes and seconds. */
export const clockText = (t: number): string =>
  format('clock', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(t)

/** Hours and minutes, with the day where it is not `now`'s and the year where it is not `now`'s. */
export function momentText(t: number, now: number): string {
  const then = new Date(t)
  const today = new Date(now)
  const sameYear = then.getFullYear() === today.getFullYear()
  if (sameYear && then.getMonth() === today.getMonth() && then.getDate() === today.getDate()) {
    return format('minute', { hour: '2-digit', minute: '2-digit' }).format(t)
  }
  const day = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const
  return sameYear ? format('day', day).format(t) : format('year', { ...day, year: 'numeric' }).format(t)
}

/** Day and time to the second, as a trace needs it. */
export const exactText = (t: number): string =>
  format('exact', {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(t)

/** A tick on a time axis whose ticks stand `stepMs` apart. */
export function tickText(t: number, stepMs: number): string {
  const date = new Date(t)
  const midnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0
  if (stepMs >= 28 * DAY) return format('month', { year: 'numeric', month: 'short' }).format(t)
  if (stepMs >= DAY || midnight) return format('date', { month: 'short', day: 'numeric' }).format(t)
  if (stepMs < MINUTE) return clockText(t)
  return format('minute', { hour: '2-digit', minute: '2-digit' }).format(t)
}
