import type { History } from '@picket/rules'
import { answer } from './backtest-answer.ts'
import type { BacktestMessage, BacktestRequest } from './backtest-request.ts'

const STEP_MS = 5 * 60_000
const DAY_MS = 86_400_000
const DAYS = 30
const STATIONS = ['a', 'b', 'c', 'd']

const MODEL = `model: station
name: { en: Station, zh: 测站 }
interval: 5m
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: rehearsal }
`

const PACK = `pack: rehearsal
rules:
  - id: flood
    name: { en: Flood, zh: 洪水 }
    message: { en: "{device} {stage}", zh: "{device} {stage}" }
    select: { model: station }
    features: { stage: level, rise: "rate(level, 6h, per 1h)", usual: "mean(level, 24h)", most: "max(level, 3h)" }
    parameters:
      high: { value: 3, unit: m, min: 0, max: 10, reason: rehearsal }
      fast: { value: 0.15, unit: m/h, min: 0, max: 10, reason: rehearsal }
    levels:
      yellow: { when: stage > high || usual > high, until: stage < 0.95 * high, for: 10m, clearFor: 30m }
      red: { when: most > high && rise > fast, until: rise < 0, clearFor: 1h }
`

const REGISTRY = `sites: [{ id: here, name: { en: Here, zh: 此处 } }]
gateways: [{ id: gate, site: here, passwordFile: none }]
devices:
${STATIONS.map(id => `  - { id: ${id}, model: station, site: here, gateways: [gate] }`).join('\n')}
`

const REQUEST: BacktestRequest = {
  candidate: [{ file: 'rehearsal.yaml', text: PACK }],
  models: [{ file: 'station.yaml', text: MODEL }],
  registry: REGISTRY,
  from: 0,
  to: DAYS * DAY_MS,
}

// A tide, and a flood of two days in every six.
const levelAt = (t: number): number =>
  2 + 0.3 * Math.sin((4 * Math.PI * t) / DAY_MS) + 2 * Math.max(0, 1 - Math.abs(((t / DAY_MS) % 6) - 3))

const MADE_UP: History = {
  series: () => STATIONS.map(device => ({ device, quantity: 'level', first: 0 })),
  *chunks(_, { from, to }) {
    const times = Float64Array.from(
      { length: Math.ceil((to - from) / STEP_MS) },
      (_, at) => from + at * STEP_MS,
    )
    yield { times, values: times.map(levelAt), qualities: new Uint8Array(times.length).fill(1) }
  },
}

/**
 * Runs a backtest over made-up readings, so that whoever asks for the first real one does not wait for the compiler: a
 * program that has never run takes three times as long.
 */
export const rehearse = (): BacktestMessage => answer(REQUEST, MADE_UP, () => {})
