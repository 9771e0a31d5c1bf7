import { readModel } from '@picket/devices'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { compilePack } from '../language/index.ts'
import { Engine } from './engine.ts'
import type { EngineDevice } from './event.ts'
import { QuietScopes } from './quiet-scopes.ts'
import { Scope } from './scope.ts'

const MINUTE = 60_000
const T0 = Date.UTC(2026, 6, 1)
const OWN_RULES = 10

const gauge = readModel(
  `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1m
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: test }
`,
  'gauge.yaml',
)
const models = new Map('model' in gauge ? [['gauge', gauge.model]] : [])

const rule = (id: string, device: string): string => `
  - id: ${id}
    name: { en: High, zh: 高 }
    message: { en: x, zh: x }
    select: { device: ${device}, model: gauge }
    features: { usual: "mean(level, 20m)" }
    levels: { red: { when: usual > 3 } }
    missing: { after: 30d, then: keep }`

/** What the engine does with its scopes in an hour of one device, beside so many rules for other devices. */
function workBeside(others: number): { visited: number; timersLookedAt: number } {
  const own = Array.from({ length: OWN_RULES }, (_, at) => rule(`own-${at}`, 'own'))
  const other = Array.from({ length: others }, (_, at) => rule(`other-${at}`, `other-${at}`))
  const pack = compilePack(`pack: p\nrules:${[...own, ...other].join('')}\n`, 'p.yaml', { models })
  if (!pack.ok) throw new Error(pack.faults.map(({ message }) => message).join('\n'))
  const ids = ['own', ...other.map((_, at) => `other-${at}`)]
  const device = { model: 'gauge', site: 's', tags: [], parameters: {}, intervalMs: MINUTE }
  const devices: EngineDevice[] = ids.map(id => ({ id, ...device }))
  const engine = new Engine()
  engine.step({ type: 'configure', now: T0, rules: pack.rules, devices })
  const reading = { quantity: 'level', t: T0, v: 2, q: 1 }
  engine.step({ type: 'readings', now: T0, readings: devices.map(({ id }) => ({ device: id, ...reading })) })
  const visits = [
    vi.spyOn(QuietScopes.prototype, 'pass'),
    vi.spyOn(Scope.prototype, 'take'),
    vi.spyOn(Scope.prototype, 'wake'),
  ]
  const due = vi.spyOn(Scope.prototype, 'due', 'get')
  for (let t = T0 + MINUTE; t <= T0 + 60 * MINUTE; t += MINUTE)
    engine.step({ type: 'readings', now: t, readings: [{ device: 'own', quantity: 'level', t, v: 2, q: 1 }] })
  return {
    visited: visits.reduce((sum, { mock }) => sum + mock.calls.length, 0),
    timersLookedAt: due.mock.calls.length,
  }
}

describe('the work for a reading', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('is that of the rules of its series, however many rules there are for others', () => {
    const few = workBeside(10)
    vi.restoreAllMocks()
    const many = workBeside(500)
    expect(few.visited).toBeGreaterThanOrEqual(60)
    expect(few.visited).toBeLessThanOrEqual(2 * 60 * OWN_RULES)
    expect(many).toEqual(few)
  })
})
