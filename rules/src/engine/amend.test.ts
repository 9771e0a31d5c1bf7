import type { DeviceModel } from '@picket/devices'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePack } from '../language/index.ts'
import { Engine } from './engine.ts'
import { SampleRing } from './sample-ring.ts'

const T0 = Date.UTC(2026, 0, 1)
const SECOND = 1000
const MODEL: DeviceModel = {
  model: 'gauge',
  name: { en: 'Gauge', zh: '水位计' },
  interval: '10s',
  quantities: { level: { name: { en: 'Level', zh: '水位' }, unit: 'm', source: 'a test' } },
}
const DEVICE = { id: 'g', model: 'gauge', site: 's', tags: [], parameters: {}, intervalMs: 10 * SECOND }

function engineOf(quality: string): Engine {
  const pack = `pack: p
rules:
  - id: high
    name: { en: High, zh: 高 }
    message: { en: High, zh: 高 }
    select: { model: gauge }
    features: { stage: level, mean: "mean(level, 1m)" }
    quality: ${quality}
    levels: { red: { when: mean > 100 } }
`
  const compiled = compilePack(pack, 'p.yaml', { models: new Map([['gauge', MODEL]]) })
  if (!compiled.ok) throw new Error(compiled.faults[0]?.message)
  const engine = new Engine()
  engine.step({ type: 'configure', now: T0, rules: compiled.rules, devices: [DEVICE] })
  return engine
}

const step = (
  engine: Engine,
  type: 'readings' | 'amend',
  second: number,
  v: number,
  q: number,
  now = second,
) => {
  const reading = { device: 'g', quantity: 'level', t: T0 + second * SECOND, v, q }
  engine.step({ type, now: T0 + now * SECOND, readings: [reading] })
}
const seen = (engine: Engine) => {
  const { values, quality } = engine.explain('high', 'g') ?? {}
  return { ...values, quality: quality?.level }
}

describe('an amended reading', () => {
  it('that fails is no value any more, in any window', () => {
    const engine = engineOf('{ suspect: use, notEvaluated: use }')
    for (let at = 0; at <= 5; at++) step(engine, 'readings', at * 10, 3, 1)
    step(engine, 'readings', 60, 99, 2)
    expect(seen(engine)).toMatchObject({ stage: 99, quality: 2 })
    step(engine, 'amend', 60, 99, 4, 70)
    step(engine, 'readings', 70, 3, 2)
    expect(seen(engine)).toEqual({ stage: 3, mean: 3, quality: 2 })
  })

  it('that stays only changes its flag', () => {
    const engine = engineOf('{ suspect: use, notEvaluated: use }')
    step(engine, 'readings', 0, 3, 2)
    step(engine, 'amend', 0, 3, 3, 10)
    expect(seen(engine)).toMatchObject({ stage: 3, quality: 3 })
  })

  it('is taken when a rule waited for its flag', () => {
    const engine = engineOf('{ suspect: use, notEvaluated: ignore }')
    step(engine, 'readings', 0, 3, 2)
    expect(seen(engine)).toMatchObject({ stage: null })
    step(engine, 'amend', 0, 3, 1, 10)
    step(engine, 'readings', 10, 4, 2)
    expect(seen(engine)).toMatchObject({ stage: 3, quality: 1 })
  })

  it('is taken out where a rule ignores what is suspect', () => {
    const engine = engineOf('{ suspect: ignore, notEvaluated: use }')
    for (let at = 0; at <= 5; at++) step(engine, 'readings', at * 10, 3, 1)
    step(engine, 'readings', 60, 9, 2)
    step(engine, 'amend', 60, 9, 3, 70)
    step(engine, 'readings', 70, 3, 2)
    expect(seen(engine)).toEqual({ stage: 3, mean: 3, quality: 2 })
  })
})

describe('a sample ring', () => {
  it('without some samples is as if they had never come', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(300), { maxLength: 150 }),
        fc.array(fc.nat(300), { maxLength: 30 }),
        (times, removed) => {
          const ring = new SampleRing(128)
          const sorted = times.sort((a, b) => a - b)
          for (const t of sorted) ring.push(t, t * 2)
          for (const t of removed) {
            const wasThere = ring.has(t)
            expect(ring.remove(t)).toBe(wasThere)
          }
          const left = sorted.slice(-128).filter(t => !removed.includes(t))
          expect([...ring.state().times]).toEqual(left)
          expect([...ring.state().values]).toEqual(left.map(t => t * 2))
        },
      ),
      { numRuns: 200 },
    )
  })
})
