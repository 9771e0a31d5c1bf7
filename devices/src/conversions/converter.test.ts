import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type DeviceModel, readModel } from '../model.ts'
import { Mark, Quality, qualityOf, type Reading } from '../reading.ts'
import type { Device } from '../registry/registry.ts'
import type { Calibration } from './calibration.ts'
import { type ConversionFault, Converter } from './converter.ts'
import { RecentInputs } from './recent-inputs.ts'

const folder = new URL('../../models/', import.meta.url)
const models = new Map(
  readdirSync(folder).map((file): [string, DeviceModel] => {
    const result = readModel(readFileSync(new URL(file, folder), 'utf8'), file)
    if ('faults' in result) throw new Error(JSON.stringify(result.faults))
    return [result.model.model, result.model]
  }),
)

const T = Date.UTC(2026, 6, 1)
const MINUTE = 60_000
const GOOD = Quality.PASS

const device = (id: string, model: string, calibration?: Calibration): Device => ({
  id,
  model,
  site: 's',
  gateways: ['gw'],
  ...(calibration ? { calibration } : {}),
})

const reading = (name: string, minutes: number, v: number, q: number = GOOD): Reading => {
  const [id = '', quantity = ''] = name.split('/')
  return { device: id, quantity, t: T + minutes * MINUTE, v, q }
}

/** A converter over a memory of its own, as a gateway would use it: what comes of a reading is an input as well. */
class Rig {
  readonly history = new RecentInputs()
  readonly converter: Converter
  readonly faults: ConversionFault[] = []

  constructor(...devices: Device[]) {
    this.converter = new Converter({ sites: [], gateways: [], devices }, models)
  }

  take(readings: readonly Reading[], arrivalMs = T): Reading[] {
    for (const one of readings) this.history.put(one)
    const { readings: converted, faults } = this.converter.convert(readings, this.history, arrivalMs)
    this.faults.push(...faults)
    return converted.length === 0 ? [] : [...converted, ...this.take(converted, arrivalMs)]
  }
}

const SHEET = { a: -1.5e-5, b: 0.002, c: 140 }
const AIR = { zeroBarometerKpa: 101 }
const THERMAL = { thermal: 0.05, zeroTemperatureCel: 20 }

/** What each shipped model computes: readings of one instant with a calibration. */
const SHIPPED: Readonly<
  Record<string, { raw: Record<string, number>; calibration: Calibration; value: number }>
> = {
  'flow-notch-weir/flow': {
    raw: { head: 0.1 },
    calibration: { flow: { coefficient: 0.58, angle: 90 } },
    value: 0.004_33,
  },
  'flow-weir/flow': {
    raw: { head: 0.1 },
    calibration: { flow: { coefficient: 0.62, width: 1 } },
    value: 0.0579,
  },
  'pore-pressure/head': { raw: { pressure: 10 }, calibration: { head: {} }, value: 1.0197 },
  'pore-pressure/pressure': {
    raw: { frequency: 2800, temperature: 10 },
    calibration: { pressure: { ...SHEET, ...THERMAL } },
    value: 27.5,
  },
  'pressure-level-gauge/level': {
    raw: { pressure: 120, air_pressure: 101.325 },
    calibration: { level: { sensorLevel: 41.5 } },
    value: 43.4043,
  },
  'river-station/flow': {
    raw: { level: 4.3 },
    calibration: {
      flow: [
        { from: 0.3, to: 2, c: 9, a: 0.3, b: 1.5 },
        { from: 2, to: 5, c: 20, a: 0.3, b: 1.5, q0: 2 },
      ],
    },
    value: 162,
  },
  'strain-bridge/strain': {
    raw: { bridge_output: -0.5 },
    calibration: { strain: { gaugeFactor: 2, zero: 0 } },
    value: 1001.001,
  },
  'strain-fbg/strain': {
    raw: { wavelength: 1550.12, temperature: 20 },
    calibration: { strain: { zeroWavelengthNm: 1550, zeroTemperatureCel: 20 } },
    value: 100,
  },
  'strain-vibrating-wire/strain': {
    raw: { frequency: 2600, temperature: 25 },
    calibration: {
      strain: { gaugeFactor: 0.391, zeroFrequencyHz: 2500, thermal: 12, zeroTemperatureCel: 20 },
    },
    value: 259.41,
  },
  'tipping-bucket/rain': { raw: { tips: 12 }, calibration: { rain: { bucketMm: 0.2 } }, value: 0.4 },
}

describe('the shipped models', () => {
  it('have a check for everything that they compute', () => {
    const computed = [...models.values()].flatMap(({ model, conversions }) =>
      Object.keys(conversions ?? {}).map(quantity => `${model}/${quantity}`),
    )
    expect(computed.sort()).toEqual(Object.keys(SHIPPED).sort())
  })

  it.each(Object.entries(SHIPPED))('%s', (name, { raw, calibration, value }) => {
    const [model = '', quantity] = name.split('/')
    const rig = new Rig(device('d', model, calibration))
    rig.take([reading('d/tips', -5, 10)])
    const converted = rig.take(Object.entries(raw).map(([input, v]) => reading(`d/${input}`, 0, v)))
    expect(converted).toMatchObject([{ device: 'd', quantity, t: T, q: GOOD }])
    expect(converted[0]?.v).toBeCloseTo(value, 3)
  })

  it('compute nothing for a device that has no calibration', () => {
    const rig = new Rig(device('d', 'flow-weir'))
    expect(rig.converter.isIdle).toBe(true)
    expect(rig.take([reading('d/head', 0, 0.1)])).toEqual([])
  })
})

describe('inputs of one instant', () => {
  const piezometer = device('p', 'pore-pressure', { pressure: { ...SHEET, ...THERMAL, ...AIR }, head: {} })
  const barometer = device('b', 'air-quality')

  it('come in any order, from other devices of the site too, and results go on', () => {
    const raw = [
      reading('p/frequency', 0, 2800),
      reading('p/temperature', 1, 10),
      reading('b/air_pressure', -20, 99),
    ]
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]
    for (const order of orders) {
      const rig = new Rig(piezometer, barometer)
      const each = order.flatMap(at => rig.take([raw[at] as Reading]))
      expect(each.map(({ quantity, t, v }) => [quantity, t, v.toFixed(4)])).toEqual([
        ['pressure', T, '29.5000'],
        ['head', T, '3.0082'],
      ])
      expect(rig.converter.waiting).toBe(0)
      const together = new Rig(piezometer, barometer).take(order.map(at => raw[at] as Reading))
      expect(together).toEqual(each)
    }
  })

  it('are the nearest, and those too far away are none', () => {
    const rig = new Rig(device('p', 'pore-pressure', { pressure: { ...SHEET, ...AIR } }), barometer)
    rig.take([
      reading('b/air_pressure', -29, 90),
      reading('b/air_pressure', -3, 101),
      reading('b/air_pressure', 9, 80),
    ])
    expect(rig.take([reading('p/frequency', 0, 2800)])[0]?.v).toBeCloseTo(28, 9)
    expect(rig.take([reading('p/frequency', 60, 2800)])).toEqual([])
  })

  it('that do not come in time are counted once, and a late one still serves', () => {
    const rig = new Rig(piezometer, barometer)
    const later = (minutes: number): number => T + minutes * MINUTE
    expect(rig.take([reading('p/frequency', 0, 2800), reading('p/temperature', 0, 20)])).toEqual([])
    rig.take([], later(29))
    expect(rig.faults).toEqual([])
    rig.take([], later(30))
    rig.take([], later(90))
    expect(rig.faults).toMatchObject([
      { code: 'conversion-incomplete', device: 'p', quantity: 'pressure', t: T },
    ])
    expect(rig.faults[0]?.message).toContain('no barometer')
    expect(rig.take([reading('b/air_pressure', 0, 101)], later(91))).toHaveLength(2)
  })

  it('give the result the worst of their flags and all of their marks', () => {
    const rig = new Rig(piezometer, barometer)
    const [pressure, head] = rig.take([
      reading('p/frequency', 0, 2800, Quality.PASS | Mark.ARRIVAL_TIME),
      reading('p/temperature', 0, 20, Quality.SUSPECT),
      reading('b/air_pressure', 0, 101, Quality.NOT_EVALUATED | Mark.CLOCK_SUSPECT),
    ])
    expect(pressure?.q).toBe(Quality.SUSPECT | Mark.ARRIVAL_TIME | Mark.CLOCK_SUSPECT)
    expect(head?.q).toBe(pressure?.q)
    expect(qualityOf(rig.take([reading('p/frequency', 1, 2800, Quality.FAIL)])[0]?.q ?? 0)).toBe(Quality.FAIL)
  })

  it('have a named fault where nothing comes of them', () => {
    const rig = new Rig(
      device('d', 'strain-vibrating-wire', { strain: { gaugeFactor: 1, zeroFrequencyHz: 2500 } }),
    )
    expect(rig.take([reading('d/frequency', 0, 0)])).toEqual([])
    expect(rig.faults).toMatchObject([
      { code: 'conversion-no-value', message: 'vibrating-wire-strain gives no strain for frequency 0' },
    ])
  })

  it('are not waited for without bound', () => {
    const rig = new Rig(piezometer, barometer)
    rig.take(Array.from({ length: 10_050 }, (_, at) => reading('p/frequency', at * 100, 2800)))
    expect(rig.converter.waiting).toBe(10_000)
    expect(rig.faults).toHaveLength(50)
  })
})

describe('a counter of tips', () => {
  const tips = (minutes: number, count: number): Reading => reading('r/tips', minutes, count)
  const rig = (): Rig => new Rig(device('r', 'tipping-bucket', { rain: { bucketMm: 0.2 } }))
  const rain = (readings: readonly Reading[]): [number, string][] =>
    readings.map(({ t, v }) => [(t - T) / MINUTE, v.toFixed(1)])

  it('gives the rain between neighbours', () => {
    expect(rain(rig().take([tips(0, 10), tips(5, 12), tips(10, 12)]))).toEqual([
      [5, '0.4'],
      [10, '0.0'],
    ])
  })

  it('waits for the backlog after an outage, and counts no tip twice', () => {
    const used = rig()
    expect(used.take([tips(0, 10), tips(60, 70)])).toEqual([])
    const backlog = [5, 15, 20, 30, 40, 45, 55].map(minutes => tips(minutes, 10 + minutes))
    const all = [...used.take(backlog), ...used.take([tips(10, 20), tips(50, 60)])]
    expect(all.reduce((sum, { v }) => sum + v, 0)).toBeCloseTo(0.2 * 60, 9)
    expect(used.faults.map(({ code, t }) => [code, (t - T) / MINUTE])).toEqual([
      ['conversion-covered', 10],
      ['conversion-covered', 50],
    ])
  })

  it('says nothing after it was set back', () => {
    const used = rig()
    expect(used.take([tips(0, 700), tips(5, 3)])).toEqual([])
    expect(used.faults[0]?.code).toBe('conversion-no-value')
  })
})
