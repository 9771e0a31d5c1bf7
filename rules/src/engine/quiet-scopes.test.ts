import { Quality, readModel } from '@picket/devices'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { compilePack } from '../language/index.ts'
import { Engine } from './engine.ts'
import type { EngineDevice, EngineEvent } from './event.ts'
import { QuietScopes } from './quiet-scopes.ts'
import { Scope } from './scope.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const T0 = Date.UTC(2026, 6, 1)

const gauge = readModel(
  `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1m
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: test }
  flow: { name: { en: Flow, zh: 流量 }, unit: m, source: test }
`,
  'gauge.yaml',
)
const rule = (id: string, features: string, levels: string, more = ''): string => `
  - id: ${id}
    name: { en: ${id}, zh: ${id} }
    message: { en: x, zh: x }
    select: { model: gauge }
    features: { ${features} }
    levels: { ${levels} }
    missing: { after: 12m, then: keep }
    ${more}`
const compiled = compilePack(
  `pack: test\nrules:${[
    rule(
      'above',
      'seen: level',
      'blue: { when: seen > 3, until: seen < 2, for: 2m, clearFor: 3m }, red: { when: seen > 4.5 }',
    ),
    rule('usual', 'seen: "mean(level, 10m)"', 'blue: { when: seen > 2.5, for: 7m }'),
    rule('same', 'seen: "mean(level, 10m)"', 'yellow: { when: seen > 2.8 }', 'quality: { suspect: ignore }'),
    rule(
      'also',
      'seen: "mean(level, 10m)", range: "spread(level, 10m)"',
      'yellow: { when: seen > 2 && range < 1 }',
    ),
    rule('equal', 'seen: level', 'yellow: { when: seen == 2 || seen != 2 && seen >= 4 }'),
    rule('two', 'stage: level, run: flow', 'yellow: { when: stage > 2.5 && run > 2, for: 1m }'),
    rule('mixed', 'stage: level, run: "mean(level, 8m)"', 'yellow: { when: stage > 1.10001 * run }'),
    rule('smooth', 'seen: "ewma(level, tau 5m)"', 'yellow: { when: seen > 2.4 }'),
    rule('filled', 'seen: "sum(level, 5m, gaps zero)"', 'yellow: { when: seen > 14 }'),
  ].join('')}\n`,
  'test.yaml',
  { models: new Map('model' in gauge ? [['gauge', gauge.model]] : []) },
)
if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults))
const { rules } = compiled
const device: EngineDevice = {
  id: 'g',
  model: 'gauge',
  site: 's',
  tags: [],
  parameters: {},
  intervalMs: MINUTE,
}
const configure: EngineEvent = { type: 'configure', now: T0, rules, devices: [device] }

// Mostly one reading a minute that changes little; now and then a jump, a gap, a delay, a reading that fails after all.
const events: fc.Arbitrary<EngineEvent[]> = fc
  .array(
    fc.record({
      quantity: fc.constantFrom('level', 'flow'),
      step: fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(0, 0, 1, -1) },
        { weight: 1, arbitrary: fc.integer({ min: -25, max: 25 }) },
      ),
      afterMs: fc.oneof(
        { weight: 40, arbitrary: fc.constantFrom(MINUTE, MINUTE, 0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 20 * MINUTE }) },
      ),
      delayMs: fc.oneof(
        { weight: 40, arbitrary: fc.constant(500) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 240_000 }) },
      ),
      q: fc.constantFrom(Quality.PASS, Quality.PASS, Quality.PASS, Quality.PASS, Quality.SUSPECT),
      fails: fc.nat(60).map(dice => dice === 0),
    }),
    { minLength: 20, maxLength: 120, size: 'max' },
  )
  .map(steps => {
    let t = T0
    const values: Record<string, number> = { level: 20, flow: 20 }
    return steps
      .flatMap(({ quantity, step, afterMs, delayMs, q, fails }): EngineEvent[] => {
        t += afterMs
        values[quantity] = Math.max(0, Math.min(60, (values[quantity] as number) + step))
        const reading = { device: 'g', quantity, t, v: (values[quantity] as number) / 10, q }
        const arrival: EngineEvent = { type: 'readings', now: t + delayMs, readings: [reading] }
        if (!fails) return [arrival]
        return [
          arrival,
          { type: 'amend', now: t + delayMs + MINUTE, readings: [{ ...reading, q: Quality.FAIL }] },
        ]
      })
      .sort((a, b) => a.now - b.now)
  })

describe('scopes that are quiet together', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('stand and act as if each had taken every reading itself, to the last bit', () => {
    const admit = vi.spyOn(QuietScopes.prototype, 'admit')
    const take = vi.spyOn(Scope.prototype, 'take')
    const taken = { together: 0, alone: 0 }
    fc.assert(
      fc.property(events, fc.nat(100), (some, looked) => {
        const [together, alone] = [new Engine(), new Engine()]
        for (const [at, event] of [configure, ...some].entries()) {
          admit.mockReset()
          take.mockClear()
          const effects = together.step(event)
          taken.together += take.mock.calls.length
          admit.mockReturnValue(false)
          take.mockClear()
          expect(alone.step(event)).toEqual(effects)
          taken.alone += take.mock.calls.length
          if (at % 100 !== looked) continue
          expect(alone.state()).toEqual(together.state())
          for (const { id } of rules) expect(together.explain(id, 'g')).toEqual(alone.explain(id, 'g'))
        }
        expect(alone.state()).toEqual(together.state())
        const again = new Engine({}, structuredClone(together.state()))
        again.step({ ...configure, now: again.now })
        expect(together.nextDue).toBeLessThanOrEqual(again.nextDue)
      }),
      { numRuns: 60 },
    )
    expect(taken.together).toBeLessThan(0.7 * taken.alone)
  })
})
