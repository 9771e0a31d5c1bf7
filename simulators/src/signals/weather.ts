import { seedOf, uniform } from './noise.ts'
import { HOUR_MS } from './signal.ts'

/** Rain of even intensity during one cell of time. */
export interface RainCell {
  fromMs: number
  toMs: number
  depthMm: number
}

interface Storm {
  fromMs: number
  lastsMs: number
  depthMm: number
}

export interface WeatherOptions {
  seed: number
  /** The periods of the showers count from here, ms UTC. */
  anchorMs: number
  /** The storms that the scenario wants. */
  storms: readonly Storm[]
  /** Showers beside them: one in each period at a random time, with this mean depth; none where it is 0. */
  showerPeriodMs: number
  showerDepthMm: number
}

const CELL_MS = HOUR_MS / 6
const SHOWER_LASTS_MS = 2 * HOUR_MS

/**
 * The rain over one place: storms and showers, each cut into cells of ten minutes whose depths rise to a peak
 * in the first half and tail off, as the hyetographs of design storms do (Chicago type, Keifer and Chu 1957),
 * with a seeded scatter.
 */
export class Weather {
  readonly #options: WeatherOptions
  readonly #storms: RainCell[][]
  readonly #showers = new Map<number, RainCell[]>()

  constructor(options: WeatherOptions) {
    this.#options = options
    this.#storms = options.storms.map((storm, index) =>
      cellsOf(storm, seedOf(options.seed, `storm ${index}`)),
    )
  }

  /** The cells that touch the time from `fromMs` to `toMs`, in no order. */
  *cells(fromMs: number, toMs: number): Generator<RainCell> {
    for (const storm of this.#storms) yield* touching(storm, fromMs, toMs)
    const { showerPeriodMs, showerDepthMm, anchorMs } = this.#options
    if (showerDepthMm <= 0) return
    const last = Math.floor((toMs - anchorMs) / showerPeriodMs)
    for (let slot = Math.floor((fromMs - anchorMs) / showerPeriodMs) - 1; slot <= last; slot++)
      yield* touching(this.#shower(slot), fromMs, toMs)
  }

  /** Rain between two times, mm. */
  depthMm(fromMs: number, toMs: number): number {
    let depth = 0
    for (const cell of this.cells(fromMs, toMs)) {
      const overlap = Math.min(cell.toMs, toMs) - Math.max(cell.fromMs, fromMs)
      depth += (cell.depthMm * overlap) / (cell.toMs - cell.fromMs)
    }
    return depth
  }

  #shower(slot: number): RainCell[] {
    const known = this.#showers.get(slot)
    if (known) return known
    const { showerPeriodMs, showerDepthMm, seed, anchorMs } = this.#options
    const offset = uniform(seed, 2 * slot) * Math.max(showerPeriodMs - SHOWER_LASTS_MS, 0)
    const fromMs = Math.round(anchorMs + slot * showerPeriodMs + offset)
    // Depths of single storms are about exponentially distributed (Eagleson 1978); the longest tail is cut.
    const depthMm = showerDepthMm * Math.min(-Math.log(1 - uniform(seed, 2 * slot + 1)), 3)
    const cells = cellsOf({ fromMs, lastsMs: SHOWER_LASTS_MS, depthMm }, seedOf(seed, `shower ${slot}`))
    // A cache of what can be computed again: emptied when it has grown beyond some months.
    if (this.#showers.size > 200) this.#showers.clear()
    this.#showers.set(slot, cells)
    return cells
  }
}

function* touching(cells: readonly RainCell[], fromMs: number, toMs: number): Generator<RainCell> {
  const first = cells[0]
  const last = cells[cells.length - 1]
  if (!first || !last || first.fromMs >= toMs || last.toMs <= fromMs) return
  for (const cell of cells) if (cell.fromMs < toMs && cell.toMs > fromMs) yield cell
}

function cellsOf({ fromMs, lastsMs, depthMm }: Storm, seed: number): RainCell[] {
  const count = Math.max(Math.round(lastsMs / CELL_MS), 1)
  const weights = Array.from({ length: count }, (_, index) => {
    const part = (index + 0.5) / count
    const shape = part < PEAK ? part / PEAK : (1 - part) / (1 - PEAK)
    return shape * (0.5 + uniform(seed, index))
  })
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight, index) => ({
    fromMs: fromMs + (lastsMs * index) / count,
    toMs: fromMs + (lastsMs * (index + 1)) / count,
    depthMm: (depthMm * weight) / total,
  }))
}

// Share of a storm's duration before its peak: 0.3 to 0.5 in most records.
const PEAK = 0.4
