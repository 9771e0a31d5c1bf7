import type { Fault } from '@picket/devices'

/** A part of a series, as its text says it. */
export type SeriesItem =
  /** `from`, then `more` further values, each `step` above the one before. */
  | { kind: 'values'; from: number; step: number; more: number }
  /** This many instants without a reading. */
  | { kind: 'gap'; count: number }
  /** Nothing more comes. */
  | { kind: 'stale' }

export type SeriesResult = { ok: true; items: SeriesItem[] } | { ok: false; fault: Fault }

/** Most instants of one series. */
const MOST_INSTANTS = 200_000

// toFixed takes no more digits.
const MOST_DECIMALS = 100

const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:e[+-]?\d+)?`
const VALUES = new RegExp(`^(${NUMBER})(?:([+-])(${NUMBER}))?(?:x(\\d+))?$`)
const GAP = /^_(?:x(\d+))?$/

const HINT = 'write for example 3.2, 3.2x10, 3.2+0.1x10, 3.2-0.1x10, _, _x5 or stale'

/**
 * Reads a series in the notation of Prometheus' promtool.
 *
 * @param text - items with blanks between: `a`; `axn`, a and n more of it; `a+bxn` and `a-bxn`, a and n
 * further values rising or falling by b; `_`, one reading missing; `_xn`, n missing; `stale`, at the end:
 * nothing more comes
 * @returns the items in their order, or what is wrong; never throws
 */
export function parseSeries(text: string): SeriesResult {
  const items: SeriesItem[] = []
  let instants = 0
  for (const word of text.split(/\s+/).filter(word => word !== '')) {
    if (items.at(-1)?.kind === 'stale')
      return fault(`"${word}" follows "stale", after which nothing comes`, 'write _xn for a gap that ends')
    const item = parseItem(word)
    if (!item) return fault(`"${word}" is no part of a series`, HINT)
    instants += instantsOf(item)
    if (instants > MOST_INSTANTS)
      return fault(`more than ${MOST_INSTANTS} instants`, 'write a shorter series')
    if (item.kind === 'values' && !Number.isFinite(valueAt(item, item.more)))
      return fault(`"${word}" leaves what a number can hold`, HINT)
    items.push(item)
  }
  if (items.length === 0) return fault('the series is empty', HINT)
  return { ok: true, items }
}

/** The shortest text of items: `parseSeries` of it gives them again. */
export const printSeries = (items: readonly SeriesItem[]): string =>
  items
    .map(item => {
      if (item.kind === 'stale') return 'stale'
      if (item.kind === 'gap') return item.count === 1 ? '_' : `_x${item.count}`
      const { from, step, more } = item
      if (more === 0) return String(from)
      if (step === 0) return `${from}x${more}`
      return `${from}${step < 0 ? '-' : '+'}${Math.abs(step)}x${more}`
    })
    .join(' ')

/** One entry per instant: the value, or undefined where none comes. */
export function valuesOf(items: readonly SeriesItem[]): (number | undefined)[] {
  return items.flatMap(item =>
    Array.from({ length: instantsOf(item) }, (_, at) =>
      item.kind === 'values' ? valueAt(item, at) : undefined,
    ),
  )
}

function parseItem(word: string): SeriesItem | undefined {
  if (word === 'stale') return { kind: 'stale' }
  const gap = GAP.exec(word)
  if (gap) return { kind: 'gap', count: Number(gap[1] ?? 1) }
  const [, from, sign, by, times] = VALUES.exec(word) ?? []
  // A step that is taken no time is a slip.
  if (from === undefined || (by !== undefined && times === undefined)) return undefined
  const more = Number(times ?? 0)
  const step = more === 0 ? 0 : Number(by ?? 0) * (sign === '-' ? -1 : 1)
  return { kind: 'values', from: Number(from) + 0, step: step + 0, more }
}

function instantsOf(item: SeriesItem): number {
  if (item.kind === 'stale') return 0
  return item.kind === 'gap' ? item.count : item.more + 1
}

// In decimals, as it is written: 3.2 + 3 * 0.1 is 3.5 here, and a limit of 3.5 is met and not just missed.
function valueAt({ from, step }: { from: number; step: number }, at: number): number {
  const value = from + step * at
  if (!Number.isFinite(value)) return value
  const decimals = Math.max(decimalsOf(from), decimalsOf(step))
  return Number(value.toFixed(Math.min(decimals, MOST_DECIMALS))) + 0
}

function decimalsOf(value: number): number {
  const [digits = '', exponent = '0'] = String(value).split('e')
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent))
}

const fault = (message: string, hint: string): SeriesResult => ({
  ok: false,
  fault: { code: 'series-text', message, hint },
})
