import { seedOf, wander } from './noise.ts'
import { DAY_MS, HOUR_MS, hourInChina, MINUTE_MS } from './signal.ts'

interface Overload {
  fromMs: number
  lastsMs: number
  /** Added to the load factor. */
  factor: number
}

export interface FeederOptions {
  seed: number
  /** Rating of the transformer, kVA, and its nominal voltage on the feeder's side, kV. */
  ratedKva: number
  nominalKv: number
  /** Load factor at the daily peak. */
  peakLoad: number
  powerFactor: number
  overloads: readonly Overload[]
  /** Ambient temperature: mean of the day and half the daily swing, degrees Celsius. */
  ambientMean: number
  ambientSwing: number
}

// IEC 60076-7:2018, table 4, distribution transformers ONAN: x = 0.8, k11 = 1, tau_o = 180 min; loss ratio R = 5
// and a top-oil rise of 55 K at rated load.
const OIL = { exponent: 0.8, k11: 1, timeConstantMs: 180 * MINUTE_MS, lossRatio: 5, ratedRise: 55 }
const STEP_MS = 5 * MINUTE_MS
const MEMORY_STEPS = Math.ceil((8 * OIL.timeConstantMs * OIL.k11) / STEP_MS)

// Share of the daily peak by local hour: a residential feeder with a noon and an evening peak.
const DAY_CURVE = [
  0.46, 0.42, 0.4, 0.39, 0.4, 0.46, 0.56, 0.66, 0.72, 0.76, 0.8, 0.86, 0.84, 0.78, 0.75, 0.76, 0.8, 0.88,
  0.96, 1, 0.97, 0.88, 0.72, 0.56,
]

/** A 10 kV feeder with a distribution transformer: the load of the day, what it heats, and what it draws. */
export class Feeder {
  readonly #options: FeederOptions
  readonly #seeds: Record<'load' | 'ambient' | 'voltage' | 'slow' | 'fast', number>

  constructor(options: FeederOptions) {
    this.#options = options
    const seed = (name: string): number => seedOf(options.seed, name)
    this.#seeds = {
      load: seed('load'),
      ambient: seed('ambient'),
      voltage: seed('voltage'),
      slow: seed('frequency slow'),
      fast: seed('frequency fast'),
    }
  }

  /** Load factor K of the transformer. */
  loadFactor(t: number): number {
    const hour = hourInChina(t)
    const before = DAY_CURVE[Math.floor(hour) % 24] as number
    const after = DAY_CURVE[(Math.floor(hour) + 1) % 24] as number
    const shape = before + (after - before) * (hour % 1)
    const scatter = 0.03 * wander(this.#seeds.load, t, 20 * MINUTE_MS)
    const extra = this.#options.overloads
      .filter(({ fromMs, lastsMs }) => t >= fromMs && t < fromMs + lastsMs)
      .reduce((sum, { factor }) => sum + factor, 0)
    return Math.max(this.#options.peakLoad * shape + scatter + extra, 0)
  }

  /** Ambient temperature, degrees Celsius: warmest at 15 hours. */
  ambient(t: number): number {
    const { ambientMean, ambientSwing } = this.#options
    const daily = ambientSwing * Math.cos(((hourInChina(t) - 15) / 24) * 2 * Math.PI)
    return ambientMean + daily + 1.5 * wander(this.#seeds.ambient, t, DAY_MS / 2)
  }

  /**
   * Top-oil temperature, degrees Celsius, by the exponential model of IEC 60076-7:2018, 8.2.2: the oil follows
   * ambient + rise ((1 + R K^2) / (1 + R))^x with one time constant. Solved as the weighted mean of that target
   * over the time constants before, which makes it a function of time alone.
   */
  oilTemperature(t: number): number {
    const end = Math.floor(t / STEP_MS) * STEP_MS
    const decay = Math.exp(-STEP_MS / (OIL.timeConstantMs * OIL.k11))
    let oil = this.#oilTarget(end - MEMORY_STEPS * STEP_MS)
    for (let step = MEMORY_STEPS - 1; step >= 0; step--) {
      const target = this.#oilTarget(end - step * STEP_MS)
      oil = target + (oil - target) * decay
    }
    const target = this.#oilTarget(t)
    return target + (oil - target) * Math.exp(-(t - end) / (OIL.timeConstantMs * OIL.k11))
  }

  #oilTarget(t: number): number {
    const { exponent, lossRatio, ratedRise } = OIL
    const losses = (1 + lossRatio * this.loadFactor(t) ** 2) / (1 + lossRatio)
    return this.ambient(t) + ratedRise * losses ** exponent
  }

  /** Active power, kW. */
  activePower(t: number): number {
    return this.loadFactor(t) * this.#options.ratedKva * this.#options.powerFactor
  }

  /** Current in the feeder, A: S = sqrt(3) U I. */
  current(t: number): number {
    return (this.loadFactor(t) * this.#options.ratedKva) / (Math.sqrt(3) * this.#options.nominalKv)
  }

  /** Voltage at the customers, V: 220 V nominal, set high at the source, falling by some 5 % at rated load. */
  voltage(t: number): number {
    const wandering = 0.8 * wander(this.#seeds.voltage, t, 10 * MINUTE_MS)
    return 229 - 11 * this.loadFactor(t) + wandering
  }

  /** Frequency of the grid, Hz: within some 0.05 Hz of 50 in a large system. */
  frequency(t: number): number {
    const slow = wander(this.#seeds.slow, t, HOUR_MS / 4)
    return 50 + 0.012 * slow + 0.008 * wander(this.#seeds.fast, t, MINUTE_MS)
  }
}
