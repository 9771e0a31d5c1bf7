import type { DeviceModel } from '@picket/devices'
import { compilePacks } from '@picket/rules'
import { expect, it } from 'vitest'
import { ruleViews } from './rule-views.ts'

const MODEL: DeviceModel = {
  model: 'gauge',
  name: { en: 'Gauge', zh: '水位计' },
  interval: '1m',
  quantities: { level: { name: { en: 'Level', zh: '水位' }, unit: 'm', source: 'test' } },
}

const PACK = `pack: water
rules:
  - id: high
    name: { en: High, zh: 高 }
    message: { en: "{stage} m", zh: "{stage} m" }
    select: { model: gauge }
    features: { stage: "mean(level, 1h)" }
    parameters:
      limit: { value: 20, seasons: { 06-01..09-30: 18.5 }, unit: m, min: 1, max: 30, reason: "Flood limit." }
    levels: { red: { when: stage > limit } }
    notify: [duty]
`

it('shows what a rule computes, the values of the day, and whom it tells', () => {
  const compiled = compilePacks([{ file: 'a.yaml', text: PACK }], { models: new Map([['gauge', MODEL]]) })
  if (!compiled.ok) throw new Error('the pack is refused')
  const seen = (at: string, own = {}) => ruleViews(compiled.rules, Date.parse(at), [own])[0]
  expect(seen('2026-01-01T00:00Z')).toMatchObject({
    features: [{ name: 'stage', text: 'mean(level, 1h)' }],
    parameters: [{ name: 'limit', value: 20, unit: 'm', min: 1, max: 30, reason: 'Flood limit.' }],
    notify: ['duty'],
  })
  expect(seen('2026-07-01T00:00Z')?.parameters[0]?.value).toBe(18.5)
  expect(seen('2026-07-01T00:00Z', { limit: 15 })?.parameters[0]?.value).toBe(15)
})
