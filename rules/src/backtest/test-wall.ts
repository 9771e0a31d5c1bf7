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
  tested:
    name: { en: Tested, zh: 检验 }
    unit: m
    source: test
    span: [-10, 100]
    tests: { source: test, spike: { suspect: 2, fail: 4 } }
  rain: { name: { en: Rain, zh: 雨量 }, unit: mm, source: test }
  other: { name: { en: Other, zh: 其他 }, unit: m, source: test }
`,
  'gauge.yaml',
)
if (!('model' in read)) throw new Error(JSON.stringify(read.faults))
export const models = new Map([['gauge', read.model]])

export const devices: EngineDevice[] = ['a', 'b', 'dead'].map(id => ({
  id,
  model: 'gauge',
  site: id === 'b' ? 'south' : 'north',
  tags: [],
  parameters: (id === 'b' ? { limit: 50 } : {}) as EngineDevice['parameters'],
  intervalMs: MINUTE_MS,
}))

/** A pack with one rule: orange above `limit`. */
export function highAbove(
  limit: number,
  further = '',
  { feature = 'level', unit = 'm' }: { feature?: string; unit?: string } = {},
): Rule[] {
  const compiled = compilePack(
    `pack: test
rules:
  - id: high
    name: { en: High, zh: 高 }
    message: { en: "{height}", zh: "{height}" }
    select: { model: gauge }
    features: { height: "${feature}" }
    parameters:
      limit: { value: ${limit}, unit: ${unit}, min: 0, max: 99, reason: test }
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
export function historyOf(
  values: Record<string, readonly (number | null)[]>,
  known: readonly EngineDevice[] = devices,
): CsvHistory {
  const rows = Object.entries(values).flatMap(([device, some]) =>
    some.flatMap((v, minute) => (v === null ? [] : [`${device},level,${at(minute)},${v}`])),
  )
  const text = ['device,quantity,time,value', ...rows].join('\n')
  const read = CsvHistory.read([{ file: 'test.csv', text }], { devices: known, models })
  if (!read.ok) throw new Error(JSON.stringify(read.faults))
  return read.history
}
