import { columnsOf, type Picture, pictureOf, splitterOf } from './columns.ts'
import { type TimeReader, timeReader } from './time-format.ts'

/** How a record is laid out. */
export interface Layout {
  /** Picture of a fixed-width line; then the four below do not apply. */
  fixedWidth?: string
  separator: string
  header: boolean
  time: string
  value: string
  /** `iso` where it is not given; a fixed-width picture carries its own. */
  timeFormat?: string
  utcOffsetMs: number
  /** Values are multiplied by this. */
  scale: number
  /** Texts of a value that say there is none; an empty one always does. */
  missing: readonly string[]
}

/** What a line said: a reading, nothing (with why), or that it was the header. */
type Row = { t: number; v: number } | { skipped: 'missing' | 'time' | 'value' | 'columns' } | undefined

/** A reader of lines, one after the other; undefined for a header and for an empty line. */
export type RowReader = (line: string) => Row

/** @throws StartError where the layout makes no sense */
export function rowReader(layout: Layout): RowReader {
  const readValue = valueReader(layout)
  if (layout.fixedWidth !== undefined) {
    const { picture, timeFormat } = pictureOf(layout.fixedWidth)
    return fixedWidth(picture, timeReader(timeFormat, layout.utcOffsetMs), readValue)
  }
  const split = splitterOf(layout.separator)
  const timeOf = timeReader(layout.timeFormat ?? 'iso', layout.utcOffsetMs)
  let columns = layout.header ? undefined : placesOf(layout, undefined)
  return line => {
    if (line.trim() === '') return undefined
    const fields = split(line)
    if (!columns) {
      columns = placesOf(layout, fields)
      return undefined
    }
    return separated(fields, columns, { timeOf, readValue })
  }
}

interface Places {
  time: number[]
  value: number
}

function placesOf(layout: Layout, header: readonly string[] | undefined): Places {
  return { time: columnsOf(layout.time, header), value: columnsOf(layout.value, header)[0] as number }
}

type ValueReader = (text: string) => number | 'missing' | undefined

function separated(
  fields: readonly string[],
  places: Places,
  { timeOf, readValue }: { timeOf: TimeReader; readValue: ValueReader },
): Row {
  const value = fields[places.value]
  const times = places.time.map(place => fields[place]?.trim())
  if (value === undefined || times.includes(undefined)) return { skipped: 'columns' }
  return rowOf(timeOf(times.join(' ')), readValue(value))
}

function fixedWidth(picture: Picture, timeOf: TimeReader, readValue: ValueReader): RowReader {
  return line => {
    const text = line.trimEnd()
    if (text === '') return undefined
    if (text.length !== picture.length) return { skipped: 'columns' }
    return rowOf(timeOf(picture.time(text)), readValue(picture.value(text)))
  }
}

function rowOf(t: number | undefined, v: number | 'missing' | undefined): Row {
  if (t === undefined) return { skipped: 'time' }
  if (v === 'missing') return { skipped: 'missing' }
  return v === undefined ? { skipped: 'value' } : { t, v }
}

function valueReader({ missing, scale }: Layout): ValueReader {
  const absent = new Set(['', ...missing])
  return text => {
    const plain = text.trim()
    if (absent.has(plain)) return 'missing'
    // Number() also takes 0x1f and 1e999: neither is a measured value.
    const value = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(plain) ? Number(plain) : Number.NaN
    if (!Number.isFinite(value)) return undefined
    // Without the digits that a binary product adds: 13 x 0.254 is 3.302.
    return scale === 1 ? value : Number((value * scale).toPrecision(12))
  }
}
