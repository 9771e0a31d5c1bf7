import { columnsOf, gapOf } from '../../../console/src/chart/points.ts'
import { type Client, Refusal, type Span } from './client.ts'
import type { Context } from './context.ts'
import { type Field, type FieldSettings, type Frame, type Notice, withNotices } from './frame.ts'
import { colorOf } from './levels.ts'
import { expandNames, isAsked, type Names } from './names.ts'
import type { PicketQuery } from './query.ts'
import type { Device, Series } from './shapes.ts'
import { type Language, LEFT_OUT, nameIn, say } from './text.ts'
import { grafanaUnit } from './units.ts'

// More lines than that nobody tells apart.
const MAX_SERIES = 100
const MAX_PAGES = 5
// A browser opens six connections to a host, and other panels want some.
const AT_ONCE = 4
// QARTOD's flag of a reading that failed: it is no value.
const FAILED = 4

interface Read extends Series {
  /** More points than may be read. */
  isCut: boolean
}

export interface ReadSeries extends Read {
  /** What people call it, with its device. */
  title: string
  /** How often the device reports; null where its model does not say. */
  intervalMs: number | null
}

export interface ReadAnswer {
  series: ReadSeries[]
  notices: Notice[]
}

/** The points of every series that is asked for. What does not exist is left out, but for where nothing exists. */
export async function readSeries(query: PicketQuery, context: Context): Promise<ReadAnswer> {
  const { pairs, directory } = await pairsOf(query, context)
  const wanted = { ...context.span, resolution: resolutionOf(query.resolution, context.stepMs) }
  const read = await eachOf(pairs.slice(0, MAX_SERIES), async pair =>
    readPages(context.client, { ...pair, ...wanted }).catch((error: unknown) => {
      if (error instanceof Refusal && error.code === 'not-found') return error
      throw error
    }),
  )
  const found = read.filter((one): one is Read => !(one instanceof Refusal))
  const absent = read.find(one => one instanceof Refusal)
  if (found.length === 0 && absent) throw absent
  const series = found.map(one => {
    const device = directory.get(one.device)
    return {
      ...one,
      title: titleOf(one, device, context.language),
      intervalMs: device?.freshness.intervalMs ?? null,
    }
  })
  return { series, notices: noticesOf(series, pairs.length, context.language) }
}

function noticesOf(series: readonly ReadSeries[], asked: number, language: Language): Notice[] {
  const leftOut = LEFT_OUT[language]
  const cut = series.filter(one => one.isCut)
  return [
    asked > MAX_SERIES && leftOut.series(MAX_SERIES, asked),
    cut.length > 0 && leftOut.readings(cut.map(one => one.title).join(', ')),
  ].flatMap(text => (text ? [{ severity: 'warning' as const, text }] : []))
}

interface Pair {
  device: string
  quantity: string
}

async function pairsOf(
  query: PicketQuery,
  { client, replace }: Context,
): Promise<{ pairs: Pair[]; directory: Map<string, Device> }> {
  const devices = expandNames(query.devices, replace)
  const quantities = expandNames(query.quantities, replace)
  const known = await client.devices()
  const directory = new Map(known.map(device => [device.id, device]))
  const asked = devices ?? devicesAt(known, expandNames(query.sites, replace))
  const pairs = asked.flatMap(device => {
    const has = directory.get(device)?.quantities.map(({ quantity }) => quantity)
    // A gateway, the cloud and a former id are not in the list: the API knows them.
    const wanted = has ? has.filter(quantity => isAsked(quantities, quantity)) : (quantities ?? [])
    return wanted.map(quantity => ({ device, quantity }))
  })
  return { pairs, directory }
}

const devicesAt = (devices: readonly Device[], sites: Names): string[] =>
  devices.filter(({ site }) => isAsked(sites, site)).map(({ id }) => id)

const resolutionOf = (asked: string, stepMs: number): string =>
  asked === 'panel' ? `${Math.max(1, Math.ceil(stepMs))}ms` : asked

async function readPages(client: Client, asked: Pair & Span & { resolution: string }): Promise<Read> {
  const first = await client.series(asked)
  const points = [...first.points]
  let { next } = first
  for (let page = 1; next !== null && page < MAX_PAGES; page++) {
    const further = await client.series({ ...asked, from: next })
    points.push(...further.points)
    next = further.next
  }
  return { ...first, points, next, isCut: next !== null }
}

async function eachOf<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < all.length; at += AT_ONCE)
    results.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(work))))
  return results
}

const titleOf = (series: Series, device: Device | undefined, language: Language): string =>
  `${nameIn(language, device?.name ?? null, series.device)} · ${nameIn(language, series.name, series.quantity)}`

/**
 * One frame for each series. A reading that failed is no value; a bucket is as the API gives it. Where a device was silent
 * the line is broken.
 */
export function seriesFrames(
  { series, notices }: ReadAnswer,
  query: PicketQuery,
  language: Language,
): Frame[] {
  if (series.length === 0) {
    return notices.length === 0 ? [] : [withNotices(emptyFrame(query.refId), notices)]
  }
  return series.map((one, index) => withNotices(frameOf(one, query, language), index === 0 ? notices : []))
}

const emptyFrame = (refId: string): Frame => ({ refId, name: '', fields: [], meta: {} })

function frameOf(series: ReadSeries, { refId, band }: PicketQuery, language: Language): Frame {
  const { resolutionMs, intervalMs, title } = series
  const isBuckets = resolutionMs > 0
  const points = isBuckets ? series.points : series.points.filter(({ q }) => q !== FAILED)
  const [times, mean, min, max] = columnsOf(points, gapOf(points, resolutionMs, intervalMs))
  const unit = grafanaUnit(series.unit)
  const number = (name: string, displayName: string, values: Field['values']): Field => ({
    name,
    type: 'number',
    values,
    labels: { device: series.device, quantity: series.quantity },
    config: { displayNameFromDS: displayName, ...(unit === undefined ? {} : { unit }) },
  })
  const value = number('value', title, mean)
  const edges =
    band && isBuckets
      ? [
          number('min', `${title} (${say('least', language)})`, min),
          number('max', `${title} (${say('greatest', language)})`, max),
        ]
      : []
  return {
    refId,
    name: title,
    fields: [
      { name: 'time', type: 'time', values: times, config: {} },
      { ...value, config: { ...value.config, ...limits(series) } },
      ...edges,
    ],
    meta: { preferredVisualisationType: 'graph' },
  }
}

// Lines at what the rules that watch the device compare the quantity with.
function limits({ thresholds }: Series): Pick<FieldSettings, 'thresholds'> {
  if (thresholds.length === 0) return {}
  const steps = thresholds
    .map(({ level, value }) => ({ value, color: colorOf(level) }))
    .sort((a, b) => a.value - b.value)
  return {
    thresholds: {
      mode: 'absolute',
      steps: [{ value: Number.NEGATIVE_INFINITY, color: 'green' }, ...steps],
    },
  }
}
