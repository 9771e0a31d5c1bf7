import { Sensor } from '../support/sensor.ts'
import { GAUGES, levelAt, MINUTE, RECORD_MINUTES, SITE } from './flood.ts'

const TIMED = ['timed-1', 'timed-2', 'timed-3']
const TIMELESS = ['timeless-1', 'timeless-2']
const STEPS = ['step-1', 'step-2', 'step-3']

const TICK_MS = 40
const ARRAY_EVERY = 7
const ARRAY_LENGTH = 5
const HIGH = 10
/** Sensors have little memory: above this they measure no more. */
const MAX_WAITING = 400

/** The devices of the traffic, as the registry has them. */
export const DEVICES = [
  ...[...TIMED, ...TIMELESS].map(id => ({ id, model: 'crack-meter', site: SITE })),
  ...STEPS.map(id => ({ id, model: 'tilt', site: SITE })),
  ...Object.keys(GAUGES).map(id => ({ id, model: 'water-level-gauge', site: SITE })),
]

/** A sensor and what it measures. */
export interface Source {
  device: string
  quantity: string
  sensor: Sensor
}

/**
 * Sensors of four kinds that measure all the time: some stamp their readings, some leave that to the gateway,
 * some step up and down, and the gauges tell of the floods of the past hours.
 */
export class Traffic {
  readonly timed: Source[]
  readonly timeless: Source[]
  readonly steps: Source[]
  readonly gauges: Source[]
  readonly begunAt = Date.now()
  readonly #readingsPerStep: number
  readonly #timer: NodeJS.Timeout
  readonly #counts = new Map<Source, number>()
  readonly #lastTimes = new Map<Source, number>()
  #untilMinute = 0

  /**
   * @param readingsPerStep - between two steps: some seconds at 25 a second, so that no rule forgets an ended episode
   * that it may hear of again, and so many that the API lists every alarm of the run (1000)
   */
  constructor(url: string, { readingsPerStep }: { readingsPerStep: number }) {
    this.#readingsPerStep = readingsPerStep
    const open = (devices: readonly string[], quantity: string, window: number): Source[] =>
      devices.map(device => ({ device, quantity, sensor: new Sensor({ url, device, quantity, window }) }))
    this.timed = open(TIMED, 'battery', 20)
    // One at a time: the order of arrival is the order of sending.
    this.timeless = open(TIMELESS, 'battery', 1)
    this.steps = open(STEPS, 'tilt_y', 20)
    this.gauges = open(Object.keys(GAUGES), 'level', 20)
    for (const { sensor } of this.all) sensor.start()
    this.#timer = setInterval(() => this.#measure(), TICK_MS)
  }

  get all(): Source[] {
    return [...this.timed, ...this.timeless, ...this.steps, ...this.gauges]
  }

  /** Begin of the gauges' record, ms UTC. */
  get recordBegin(): number {
    return this.begunAt - RECORD_MINUTES * MINUTE
  }

  /** Lets the gauges send so much of their record: 0 to 1. */
  play(share: number): void {
    this.#untilMinute = Math.round(share * RECORD_MINUTES)
  }

  /** Measures no more, but for the rest of the gauges' record up to now; resolves when all is acknowledged. */
  async finish(): Promise<void> {
    clearInterval(this.#timer)
    const now = Date.now()
    for (const gauge of this.gauges) {
      while (this.#nextMinute(gauge) <= now) this.#tell(gauge)
      gauge.sensor.send({ t: now, v: levelAt(gauge.device, RECORD_MINUTES) })
    }
    // A fresh reading each, so that what is judged comes up to the present.
    for (const step of this.steps) this.#step(step)
    await Promise.all(this.all.map(({ sensor }) => sensor.drained()))
  }

  /** Cuts one sensor off, in the middle of its work. @param random - uniform in [0, 1) */
  cutOne(random: () => number): void {
    const { all } = this
    all[Math.floor(random() * all.length)]?.sensor.cut()
  }

  stop(): void {
    clearInterval(this.#timer)
    for (const { sensor } of this.all) sensor.stop()
  }

  #measure(): void {
    for (const source of this.timed) {
      if (source.sensor.waiting > MAX_WAITING) continue
      const length = this.#count(source) % ARRAY_EVERY === 0 ? ARRAY_LENGTH : 1
      source.sensor.send(...Array.from({ length }, () => ({ t: this.#time(source), v: this.#value(source) })))
    }
    for (const source of this.timeless)
      if (source.sensor.waiting < MAX_WAITING) source.sensor.send({ v: this.#value(source) })
    for (const source of this.steps) if (source.sensor.waiting < MAX_WAITING) this.#step(source)
    for (const source of this.gauges) if (this.#count(source) < this.#untilMinute) this.#tell(source)
  }

  #step(source: Source): void {
    const shift = this.steps.indexOf(source) * 30
    const high = Math.floor((this.#next(source) + shift) / this.#readingsPerStep) % 2 === 1
    source.sensor.send({ t: this.#time(source), v: high ? HIGH : 0 })
  }

  #tell(gauge: Source): void {
    const t = this.#nextMinute(gauge)
    gauge.sensor.send({ t, v: levelAt(gauge.device, this.#next(gauge)) })
  }

  #nextMinute(gauge: Source): number {
    return this.recordBegin + this.#count(gauge) * MINUTE
  }

  // Every value of a sensor is another one.
  #value(source: Source): number {
    return this.#next(source) / 10_000
  }

  #count(source: Source): number {
    return this.#counts.get(source) ?? 0
  }

  #next(source: Source): number {
    const count = this.#count(source)
    this.#counts.set(source, count + 1)
    return count
  }

  // A series has one value at a time: two readings of one sensor never bear the same.
  #time(source: Source): number {
    const t = Math.max(Date.now(), (this.#lastTimes.get(source) ?? 0) + 1)
    this.#lastTimes.set(source, t)
    return t
  }
}
