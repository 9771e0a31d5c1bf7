import { readModel } from '@picket/devices'
import type { EngineDevice } from '../engine/event.ts'
import { compilePack } from '../language/index.ts'
import type { Rule } from '../rule.ts'
import { CsvHistory } from './csv-history.ts'

const MINUTE_MS = 60_000
const T0 = Date.UTC(2026, 0, 1)
/** An instant of the tests: minutes after their begin. */
export const at = (minute: number): number => T0 + minute * MINUTE_MS

const read = readModel(
  `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1m
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: test, span: [-10, 100] }
  other: { name: { en: Other, zh: 其他 }, unit: m, source: test }
`,
  'gauge.yaml',
)
export const models = new Map('model' in read ? [['gauge', read.model]] : [])

export const devices: EngineDevice[] = ['a', 'b', 'dead'].map(id => ({
  id,
  model: 'gauge',
  site: id === 'b' ? 'south' : 'north',
  tags: [],
  parameters: (id === 'b' ? { limit: 50 } : {}) as EngineDevice['parameters'],
  intervalMs: MINUTE_MS,
}))

/** A pack with one rule: orange above `limit`. */
export function highAbove(limit: number, further = ''): Rule[] {
  const compiled = compilePack(
    `pack: test
rules:
  - id: high
    name: { en: High, zh: 高 }
    message: { en: "{height}", zh: "{height}" }
    select: { model: gauge }
    features: { height: level }
    parameters:
      limit: { value: ${limit}, unit: m, min: 0, max: 99, reason: test }
    levels:
      orange: { when: height > limit, until: height < limit - 1 }
${further}`,
    'test.yaml',
    { models },
  )
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults))
  return compiled.rules
}

/** Values of the level of a device, one a minute from the begin on; null is missing. */
export function historyOf(values: Record<string, readonly (number | null)[]>): CsvHistory {
  const rows = Object.entries(values).flatMap(([device, some]) =>
    some.flatMap((v, minute) => (v === null ? [] : [`${device},level,${at(minute)},${v}`])),
  )
  const history = new CsvHistory()
  const faults = history.add(['device,quantity,time,value', ...rows].join('\n'), 'test.csv', {
    devices,
    models,
  })
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  return history
}
