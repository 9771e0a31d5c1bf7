import { type ModelLibrary, type QuantityModel, type Reading, reportingIntervalMs } from '@picket/devices'
import { SeriesJudge, type SeriesJudgeState, type Surroundings } from './series-judge.ts'
import { seriesTests } from './series-tests.ts'

/** What the judge needs to know of a device. */
export interface JudgedDevice {
  id: string
  /** Ids that it had. */
  formerly?: readonly string[]
  model: string
  site: string
  /** In place of its model's. */
  interval?: string
}

/** The judge's whole state as plain data, by device and quantity. */
export type JudgeState = Map<string, Map<string, SeriesJudgeState>>

/** Readings with their flags, and earlier ones whose flag is another one now. */
export interface Judgement {
  readings: Reading[]
  amended: Reading[]
}

interface Judged {
  series: SeriesJudge
  surroundings: Surroundings
}

// The median of more devices would say no more.
const MOST_NEIGHBOURS = 8
const DEFAULT_INTERVAL_MS = 60_000
const QUALITY_BITS = 0x0f

/**
 * Judges accepted readings by the tests of their device models, in the order in which they come: the same readings in
 * the same order get the same flags, whatever restarts lie between. Series whose model has no `tests` cost a look-up.
 */
export class QualityJudge {
  #series = new Map<string, Map<string, Judged>>()
  #restored: JudgeState | undefined

  constructor(state?: JudgeState) {
    this.#restored = state
  }

  /** Takes devices and models; series whose tests did not change go on where they were. */
  configure(devices: readonly JudgedDevice[], models: ModelLibrary): void {
    const before = this.#restored ?? this.state()
    this.#restored = undefined
    this.#series = new Map()
    const neighbours = Map.groupBy(devices, ({ model, site }) => `${site}\n${model}`)
    for (const device of devices) {
      const model = models.get(device.model)
      const tested = Object.entries(model?.quantities ?? {}).filter(([, { tests }]) => tests)
      if (!model || tested.length === 0) continue
      const intervalMs = reportingIntervalMs(device, model) ?? DEFAULT_INTERVAL_MS
      const near = (neighbours.get(`${device.site}\n${device.model}`) ?? [])
        .filter(({ id }) => id !== device.id)
        .slice(0, MOST_NEIGHBOURS)
      const others = tested.flatMap(([, { tests }]) => tests?.multiVariate?.other ?? [])
      const known = [device.id, ...(device.formerly ?? [])].find(id => before.has(id))
      for (const name of new Set([...tested.map(([name]) => name), ...others])) {
        const series = new SeriesJudge(
          seriesTests(model.quantities[name] as QuantityModel, intervalMs),
          before.get(known ?? device.id)?.get(name),
        )
        this.#add(device.id, name, { series, surroundings: this.#surroundings(device.id, name, near) })
      }
    }
  }

  /** Judges readings that are new here, each once. Those of series without tests come back as they are. */
  judge(readings: readonly Reading[]): Judgement {
    if (this.#series.size === 0) return { readings: readings as Reading[], amended: [] }
    const judgement: Judgement = { readings: readings.slice(), amended: [] }
    // Where the newest reading of each series stands, if it came with these.
    const newest = new Map<SeriesJudge, number>()
    readings.forEach((reading, at) => {
      const judged = this.#series.get(reading.device)?.get(reading.quantity)
      if (!judged) return
      const { series, surroundings } = judged
      const before = series.newest
      const { flag, amended } = series.take(reading, surroundings)
      if (amended) this.#amend(judgement, { ...reading, ...amended }, newest.get(series))
      const q = (reading.q & ~QUALITY_BITS) | flag
      judgement.readings[at] = q === reading.q ? reading : { ...reading, q }
      if (series.newest !== before && series.newest?.t === reading.t) newest.set(series, at)
    })
    return judgement
  }

  state(): JudgeState {
    return new Map(
      [...this.#series].map(([device, quantities]) => [
        device,
        new Map([...quantities].map(([quantity, { series }]) => [quantity, series.state()])),
      ]),
    )
  }

  // A reading that came with these has not been told to anybody yet.
  #amend({ readings, amended }: Judgement, reading: Reading, at: number | undefined): void {
    if (at === undefined) amended.push(reading)
    else readings[at] = reading
  }

  #surroundings(device: string, quantity: string, near: readonly JudgedDevice[]): Surroundings {
    return {
      stepOf: other => this.#series.get(device)?.get(other)?.series.step,
      neighbours: () => {
        const samples = near.map(({ id }) => this.#series.get(id)?.get(quantity)?.series.newest)
        return samples.filter(sample => sample !== undefined)
      },
    }
  }

  #add(device: string, quantity: string, judged: Judged): void {
    const quantities = this.#series.get(device)
    if (quantities) quantities.set(quantity, judged)
    else this.#series.set(device, new Map([[quantity, judged]]))
  }
}
