import {
  type Detector,
  type DetectorDefinition,
  type DetectorSettings,
  type Inputs,
  numberOption,
} from './detector.ts'
import { GAPS } from './sliding-summary.ts'
import { sumOver } from './sum.ts'

const DAY_MS = 86_400_000

class RecentOverAntecedent implements Detector {
  readonly #recent: Detector
  readonly #before: Detector
  readonly #intercept: number
  readonly #slope: number

  constructor(settings: DetectorSettings) {
    const { options } = settings
    this.#recent = sumOver({ windowMs: 3 * DAY_MS, lagMs: 0, options })
    this.#before = sumOver({ windowMs: 15 * DAY_MS, lagMs: 3 * DAY_MS, options })
    this.#intercept = numberOption(settings, 'intercept')
    this.#slope = numberOption(settings, 'slope')
  }

  value(inputs: Inputs, now: number): number | undefined {
    const recent = this.#recent.value(inputs, now)
    const before = this.#before.value(inputs, now)
    if (recent === undefined || before === undefined) return undefined
    return recent - (this.#intercept - this.#slope * before)
  }

  nextChange(inputs: Inputs, now: number): number {
    return Math.min(
      this.#recent.nextChange?.(inputs, now) ?? Number.POSITIVE_INFINITY,
      this.#before.nextChange?.(inputs, now) ?? Number.POSITIVE_INFINITY,
    )
  }

  memory(): unknown {
    return [this.#recent.memory(), this.#before.memory()]
  }

  recall(inputs: Inputs, memory: unknown): void {
    const [recent, before] = memory as [unknown, unknown]
    this.#recent.recall(inputs, recent)
    this.#before.recall(inputs, before)
  }
}

/**
 * Cumulative rainfall threshold of Seattle (Chleborad, Baum and Godt 2006, USGS Open-File Report 2006-1064): how far P3, the
 * rain of the last 72 h, lies above 3.5 - 0.67 P15 inches, P15 being the rain of the 360 h before those. 0 is the
 * threshold.
 */
export const p3p15: DetectorDefinition = {
  name: 'p3-p15',
  meaning:
    'how far the rain of 3 days is above the threshold that the rain of the 15 days before sets: 0 is the threshold',
  inputs: ['rain'],
  windowed: false,
  reachMs: 18 * DAY_MS,
  options: {
    intercept: {
      kind: 'number',
      min: 0,
      max: 10_000,
      default: 88.9,
      unit: () => 'mm',
      meaning: 'P3 on the threshold after dry weeks, mm; 88.9 mm are 3.5 inches',
    },
    slope: {
      kind: 'number',
      min: 0,
      max: 10,
      default: 0.67,
      unit: () => '1',
      meaning: 'how much of P15 the threshold is lower by',
    },
    gaps: GAPS,
  },
  unit: ([unit]) => (unit === 'mm' ? 'mm' : undefined),
  create: settings => new RecentOverAntecedent(settings),
}
