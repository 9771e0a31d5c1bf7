import { readdirSync, readFileSync } from 'node:fs'
import { type DeviceModel, readModel, tagsOf } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { selects } from '../engine/scope-plan.ts'
import type { Rule } from '../rule.ts'
import { compilePacks, simpleThreshold } from './index.ts'

const read = (folder: string): { text: string; file: string }[] => {
  const url = new URL(folder, import.meta.url)
  return readdirSync(url)
    .filter(file => !file.endsWith('.test.yaml'))
    .map(file => ({ text: readFileSync(new URL(file, url), 'utf8'), file }))
}

const models = new Map<string, DeviceModel>(
  read('../../../devices/models/').map(({ text, file }) => {
    const result = readModel(text, file)
    if ('faults' in result) throw new Error(`${file} is no model`)
    return [result.model.model, result.model]
  }),
)

function shippedRules(): Rule[] {
  const result = compilePacks(read('../../packs/'), { models })
  if (!result.ok) throw new Error(JSON.stringify(result.faults, undefined, 2))
  return result.rules
}

const ruleOf = (id: string): Rule => shippedRules().find(rule => rule.id === id) as Rule

const defaults = (rule: Rule): Record<string, number> =>
  Object.fromEntries(rule.parameters.map(({ name, value }) => [name, value]))

/** The colours whose on-condition holds at these values of the features. */
const colours = (id: string, values: Record<string, number>): string[] => {
  const rule = ruleOf(id)
  return rule.levels.filter(({ on }) => on.test({ ...defaults(rule), ...values })).map(({ level }) => level)
}

describe('the examples of the README', () => {
  it('compile against the shipped models', () => {
    const page = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const examples = [...page.matchAll(/```yaml\n(pack: .*?)```/gs)].map(([, text = ''], at) => ({
      text,
      file: `example ${at + 1}`,
    }))
    expect(examples).toHaveLength(7)
    expect(compilePacks(examples, { models })).toMatchObject({ ok: true })
  })
})

describe('the shipped packs', () => {
  it('compile against the shipped models', () => {
    expect(shippedRules().length).toBeGreaterThan(15)
  })

  it('watch every sensor model for silence, by one rule each', () => {
    const silence = shippedRules().filter(rule => rule.levels.length === 0 && rule.record.length === 0)
    const watching = (model: DeviceModel): string[] => {
      const device = { id: 'a', model: model.model, site: 's', tags: tagsOf({}, model) }
      return silence
        .filter(({ select }) => selects(select, { ...device, parameters: {}, intervalMs: 60_000 }))
        .map(({ id }) => id)
    }
    const watched = [...models.values()].filter(
      ({ model }) => model !== 'cloud' && model !== 'hourly-rain-gauge',
    )
    expect(watched.filter(model => watching(model).length !== 1).map(({ model }) => model)).toEqual([])
  })

  it('never have an on-condition and its off-condition hold together, nor a rung without the one below', () => {
    for (const rule of shippedRules()) {
      const given = defaults(rule)
      for (let step = -400; step <= 4000; step++) {
        const values = { ...given }
        // Every feature takes the same value: rules with two features are covered by their own cases.
        for (const { name } of rule.features) values[name] = step / 8
        for (const { level, on, off } of rule.levels)
          if (on.test(values) && off?.test(values)) throw new Error(`${rule.id} ${level} at ${step / 8}`)
        const held = rule.levels.map(({ on }) => on.test(values))
        expect(held, rule.id).toEqual([...held].sort((a, b) => Number(b) - Number(a)))
      }
    }
  })

  it('put a slope at 80 and 85 degrees of tangent angle into orange and red', () => {
    const speedAt = (degrees: number): number => 5 * Math.tan((degrees * Math.PI) / 180)
    expect(colours('slope-crack-speed', { speed: speedAt(45) })).toEqual([])
    expect(colours('slope-crack-speed', { speed: speedAt(79.9) })).toEqual(['yellow'])
    expect(colours('slope-crack-speed', { speed: speedAt(80.1) })).toEqual(['yellow', 'orange'])
    expect(colours('slope-crack-speed', { speed: speedAt(85.1) })).toEqual(['yellow', 'orange', 'red'])
    expect(colours('slope-tilt-rate', { turn: -0.02 })).toEqual(['yellow'])
  })

  it('give a river the four flood colours', () => {
    expect(colours('river-level', { stage: 3.49 })).toEqual([])
    expect(colours('river-level', { stage: 3.5 })).toEqual(['blue'])
    expect(colours('river-level', { stage: 4.2 })).toEqual(['blue', 'yellow'])
    expect(colours('river-level', { stage: 4.5 })).toEqual(['blue', 'yellow', 'orange'])
    expect(colours('river-level', { stage: 5.5 })).toEqual(['blue', 'yellow', 'orange', 'red'])
  })

  it('keep the limits of the grid standards', () => {
    expect(colours('transformer-top-oil', { oil: 105.1 })).toEqual(['yellow', 'orange'])
    expect(colours('transformer-top-oil', { oil: 115.1 })).toEqual(['yellow', 'orange', 'red'])
    expect(colours('feeder-voltage', { volts: 235.3 })).toEqual([])
    expect(colours('feeder-voltage', { volts: 235.5 })).toEqual(['yellow'])
    expect(colours('feeder-voltage', { volts: 197.9 })).toEqual(['yellow'])
    expect(colours('feeder-frequency', { hertz: 49.79 })).toEqual(['yellow'])
    expect(colours('feeder-frequency', { hertz: 50.51 })).toEqual(['yellow', 'orange'])
  })

  it('draw the rain threshold where 3.5 - 0.67 P15 inches is', () => {
    const inch = 25.4
    expect(colours('rain-p3-p15', { p3: 1.51 * inch, p15: 3 * inch })).toEqual(['orange'])
    expect(colours('rain-p3-p15', { p3: 1.48 * inch, p15: 3 * inch })).toEqual([])
    expect(ruleOf('rain-p3-p15').features.map(({ options }) => options.gaps)).toEqual(['zero', 'zero'])
  })

  it('show charts the limits on bare quantities', () => {
    const rule = ruleOf('river-level')
    const thresholds = rule.levels.map(({ on }) => simpleThreshold(on, rule.features, defaults(rule)))
    expect(thresholds).toEqual([
      { quantity: 'level', value: 3.5, direction: 'above' },
      undefined,
      { quantity: 'level', value: 4.5, direction: 'above' },
      { quantity: 'level', value: 5.5, direction: 'above' },
    ])
  })
})
