import type { Weather } from './weather.ts'

export interface CatchmentOptions {
  areaKm2: number
  /** Share of the rain that runs off at once. */
  runoff: number
  /** Nash cascade: number of linear reservoirs, and the storage time of each, ms. */
  reservoirs: number
  storageMs: number
  /** Discharge in dry weather, m3/s. */
  baseFlow: number
  /** Rating curve Q = c (h - a)^b, Q in m3/s and h in m above the gauge's zero. */
  rating: { c: number; a: number; b: number }
}

// The cascade has given back all but a millionth of a cell's rain after this many storage times (n up to 5).
const MEMORY = 25

/**
 * A catchment in which rain becomes a flood wave: effective rain through a cascade of equal linear reservoirs
 * (Nash 1957), then the rating curve read backwards.
 */
export class Catchment {
  readonly #options: CatchmentOptions
  readonly #weather: Weather

  constructor(weather: Weather, options: CatchmentOptions) {
    this.#weather = weather
    this.#options = options
  }

  /** Discharge at the gauge, m3/s. */
  discharge(t: number): number {
    const { areaKm2, runoff, reservoirs, storageMs, baseFlow } = this.#options
    // 1 mm on 1 km2 is 1000 m3; 1000 ms are 1 s.
    const perMmPerMs = areaKm2 * runoff * 1000 * 1000
    let flow = baseFlow
    for (const cell of this.#weather.cells(t - MEMORY * storageMs, t)) {
      const given =
        released((t - cell.fromMs) / storageMs, reservoirs) -
        released((t - cell.toMs) / storageMs, reservoirs)
      flow += (perMmPerMs * cell.depthMm * given) / (cell.toMs - cell.fromMs)
    }
    return flow
  }

  /** Water level above the gauge's zero, m. */
  levelM(t: number): number {
    const { a, b, c } = this.#options.rating
    return a + (this.discharge(t) / c) ** (1 / b)
  }
}

/**
 * Share of a pulse at time 0 that n linear reservoirs have given back after x storage times: the S-curve of
 * Nash's model, 1 - e^-x (1 + x + ... + x^(n-1)/(n-1)!).
 */
function released(x: number, n: number): number {
  if (x <= 0) return 0
  let term = 1
  let sum = 1
  for (let i = 1; i < n; i++) {
    term *= x / i
    sum += term
  }
  return 1 - Math.exp(-x) * sum
}
