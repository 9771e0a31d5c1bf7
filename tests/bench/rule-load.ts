import { type Reading, readModel } from '@picket/devices'
import { compilePack, Engine, type EngineDevice, type Rule } from '@picket/rules'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const START = Date.UTC(2026, 0, 1)
// What a reading of an instant takes to arrive.
const TRAVEL_MS = 500

const MODEL = `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1m
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: bench }
`

/** One feature of every kind, with a limit that the signal below passes now and then. */
export const MIXED: readonly (readonly [feature: string, limit: number, unit: string])[] = [
  ['level', 3, 'm'],
  ['rate(level, 1h, per 1h)', 0.2, 'm/h'],
  ['mean(level, 1h)', 2.8, 'm'],
  ['max(level, 6h)', 2.9, 'm'],
  ['min(level, 6h)', 1.8, 'm'],
  ['std(level, 1h)', 0.09, 'm'],
  ['sum(level, 24h)', 2900, 'm'],
  ['spread(level, 6h)', 1.2, 'm'],
  ['delta(level, 3h)', 0.6, 'm'],
  ['mean(level, 3h, lag 1h)', 2.7, 'm'],
]

/** Ten rules over the same feature, as where every level has its own people to tell. */
export const ALIKE: typeof MIXED = MIXED.map((_, at) => ['mean(level, 1h)', 2.5 + at / 20, 'm'])

/** One rule per feature, for every device of a tag: two levels, three conditions, delays. */
export function rulesFor(tag: string, features: typeof MIXED): readonly Rule[] {
  const rules = features.map(
    ([feature, limit, unit], at) => `
  - id: ${tag}-${at}
    name: { en: Rule ${at}, zh: 规则${at} }
    message: { en: "{device} {seen}", zh: "{device} {seen}" }
    select: { model: gauge, tag: ${tag} }
    features: { seen: "${feature}" }
    parameters: { limit: { value: ${limit}, unit: ${unit}, min: 0, max: 10000, reason: bench } }
    levels:
      yellow: { when: seen > limit, until: seen < 0.98 * limit, for: 5m, clearFor: 15m }
      red: { when: seen > 1.5 * limit }`,
  )
  const model = readModel(MODEL, 'gauge.yaml')
  if (!('model' in model)) throw new Error('the model of the bench has faults')
  const pack = compilePack(`pack: ${tag}\nrules:${rules.join('')}\n`, 'bench.yaml', {
    models: new Map([['gauge', model.model]]),
  })
  if (!pack.ok) throw new Error(pack.faults.map(({ message }) => message).join('\n'))
  return pack.rules
}

/** So many gauges that bear a tag; a report a minute. */
export const gauges = (tag: string, count: number): EngineDevice[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `${tag}-${at}`,
    model: 'gauge',
    site: 'bench',
    tags: [tag],
    parameters: {},
    intervalMs: MINUTE_MS,
  }))

/** An engine that is fed like the cloud's: a batch holds what all its devices measured at one instant. */
export class LoadedEngine {
  readonly engine = new Engine()
  /** Effects so far: a load in which nothing ever happens would measure too little. */
  effects = 0
  readonly #fed: readonly EngineDevice[]
  #at = START

  /** @param fed - the devices that report; the others are configured and silent */
  constructor(of: {
    rules: readonly Rule[]
    fed: readonly EngineDevice[]
    silent?: readonly EngineDevice[]
  }) {
    const { rules, fed, silent = [] } = of
    this.#fed = fed
    this.effects += this.engine.step({
      type: 'configure',
      now: START,
      rules,
      devices: [...fed, ...silent],
    }).length
  }

  /** Readings of so many minutes, made before the clock runs. */
  batches(minutes: number): Reading[][] {
    return Array.from({ length: minutes }, () => {
      this.#at += MINUTE_MS
      const t = this.#at
      return this.#fed.map(({ id }, at) => ({ device: id, quantity: 'level', t, v: level(t, at), q: 1 }))
    })
  }

  feed(batches: readonly Reading[][]): void {
    for (const readings of batches) {
      const now = (readings[0] as Reading).t + TRAVEL_MS
      this.effects += this.engine.step({ type: 'readings', now, readings }).length
    }
  }
}

// Two tides a day, another height every day, and noise: each limit is passed once or twice a day.
function level(t: number, device: number): number {
  const days = t / DAY_MS
  const noise = Math.sin(t * 12.9898 + device * 78.233) * 43_758.5453
  return 2 + Math.sin(4 * Math.PI * days + device) + 0.2 * Math.sin(days) + 0.2 * (noise - Math.floor(noise))
}
