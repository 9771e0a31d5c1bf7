import { type ModelLibrary, Quality, type QuantityModel, type Reading } from '@picket/devices'
import type { EngineDevice } from '../engine/event.ts'
import { didYouMean } from '../language/nearest.ts'
import { grossRange } from '../quality/gross-range.ts'
import { QualityJudge } from '../quality/judge.ts'
import { parseSeries, valuesOf } from './series-text.ts'
import { type Report, readDuration, unknownDevice } from './test-faults.ts'
import type { SeriesSource } from './test-file.ts'

/** Readings that arrive together, at an instant in ms UTC. */
export interface Arrival {
  at: number
  readings: Reading[]
  /** Readings of before whose quality is another one, now that these are here. */
  amended: Reading[]
}

interface TimedReading {
  at: number
  reading: Reading
  /** The test gives its quality: it is not judged. */
  given: boolean
}

interface Context {
  /** ms UTC. */
  start: number
  devices: readonly EngineDevice[]
  /** Between two values, where a series does not say; undefined: the device's own. */
  intervalMs: number | undefined
  models: ModelLibrary
  report: Report
}

const MOST_READINGS = 200_000

const QUALITY = {
  pass: Quality.PASS,
  suspect: Quality.SUSPECT,
  'not-evaluated': Quality.NOT_EVALUATED,
  fail: Quality.FAIL,
  missing: Quality.MISSING,
} as const

/**
 * Readings by the instant at which they arrive, and by their own time where that is one, judged by the tests of their
 * models as in the cloud.
 */
export function arrivalsOf(
  readings: readonly TimedReading[],
  { devices, models }: Pick<Context, 'devices' | 'models'>,
): Arrival[] {
  const judge = new QualityJudge()
  judge.configure(devices, models)
  const sorted = readings.toSorted((a, b) => a.at - b.at || a.reading.t - b.reading.t)
  return [...Map.groupBy(sorted, ({ at }) => at)].map(([at, together]) => {
    const judgement = judge.judge(together.filter(({ given }) => !given).map(({ reading }) => reading))
    let judged = 0
    const flagged = together.map(({ reading, given }) =>
      given ? reading : (judgement.readings[judged++] as Reading),
    )
    return { at, readings: flagged, amended: judgement.amended }
  })
}

/** The readings of a test's series and when they arrive. */
export function readingsOf(series: readonly SeriesSource[], context: Context): TimedReading[] {
  const all: TimedReading[] = []
  const seen = new Set<string>()
  series.forEach((source, index) => {
    for (const one of readingsOfOne(source, index, context)) {
      const { device, quantity, t } = one.reading
      const key = `${device}/${quantity}/${t}`
      if (seen.has(key)) {
        const message = `two series of "${device}" give ${quantity} a value at the same time`
        context.report(['series', index], {
          code: 'test-series',
          message,
          hint: 'begin one later: from: 10m',
        })
        return
      }
      seen.add(key)
      all.push(one)
    }
    if (all.length > MOST_READINGS) {
      context.report(['series', index], {
        code: 'test-series',
        message: `the test has more than ${MOST_READINGS} readings`,
      })
      all.length = 0
    }
  })
  return all
}

function readingsOfOne(source: SeriesSource, index: number, context: Context): TimedReading[] {
  const { start, devices, models, report } = context
  const place = ['series', index]
  const device = devices.find(({ id }) => id === source.device)
  if (!device) {
    report([...place, 'device'], unknownDevice(source.device, devices))
    return []
  }
  const quantity = quantityOf(source, { model: device.model, models, report, place })
  const parsed = parseSeries(source.values)
  if (!parsed.ok) report([...place, 'values'], parsed.fault)
  if (!quantity || !parsed.ok) return []
  const duration = (key: 'from' | 'interval' | 'delay' | 'heldUntil'): number | undefined =>
    source[key] === undefined ? undefined : readDuration(source[key], [...place, key], report)
  const intervalMs = duration('interval') ?? context.intervalMs ?? device.intervalMs
  if (!(intervalMs > 0)) {
    report([...place, 'interval'], { code: 'duration', message: 'the interval must be above 0' })
    return []
  }
  const from = start + (duration('from') ?? 0)
  const delayMs = duration('delay') ?? 0
  const heldUntil = start + (duration('heldUntil') ?? 0)
  return valuesOf(parsed.items).flatMap((v, step) => {
    if (v === undefined) return []
    const t = from + step * intervalMs
    const q = source.quality ? QUALITY[source.quality] : grossRange(v, quantity)
    const reading = { device: device.id, quantity: source.quantity, t, v, q }
    return [{ at: Math.max(t + delayMs, heldUntil), reading, given: source.quality !== undefined }]
  })
}

function quantityOf(
  { quantity }: SeriesSource,
  {
    model: id,
    models,
    report,
    place,
  }: { model: string; models: ModelLibrary; report: Report; place: (string | number)[] },
): QuantityModel | undefined {
  // A model that does not exist was reported with its device.
  const model = models.get(id)
  if (!model) return undefined
  if (Object.hasOwn(model.quantities, quantity)) return model.quantities[quantity]
  report([...place, 'quantity'], {
    code: 'feature-quantity',
    message: `model ${id} has no quantity "${quantity}"`,
    hint: didYouMean(quantity, Object.keys(model.quantities)),
  })
  return undefined
}
