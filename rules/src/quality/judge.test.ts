import {
  type DeviceModel,
  Quality,
  type QualityTests,
  qualityOf,
  type Reading,
  seriesName,
} from '@picket/devices'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Judgement, QualityJudge } from './judge.ts'

const T0 = Date.UTC(2026, 6, 1)
const MINUTE = 60_000
const DEVICES = ['a', 'b'].map(id => ({ id, model: 'gauge', site: 'valley' }))

const quantity = (tests?: Omit<QualityTests, 'source'>) => ({
  name: { en: 'Level', zh: '水位' },
  unit: 'm',
  span: [-1000, 1000] as [number, number],
  use: [-100, 100] as [number, number],
  source: 'a test',
  ...(tests && { tests: { source: 'a test', ...tests } }),
})

const modelWith = (quantities: DeviceModel['quantities']): DeviceModel => ({
  model: 'gauge',
  name: { en: 'Gauge', zh: '水位计' },
  interval: '1m',
  quantities,
})

const EVERYTHING = modelWith({
  level: quantity({
    spike: { suspect: 3, fail: 8 },
    rateOfChange: { suspect: 6, per: '1m' },
    flatLine: { tolerance: 0, suspect: '3m', fail: '5m' },
    attenuated: { window: '10m', suspect: 2 },
    climatology: [{ season: '06-01..09-30', use: [-5, 9] }],
    multiVariate: { other: 'flow', change: 4, otherChange: 2, per: '1m' },
    neighbour: { suspect: 5, within: '3m' },
  }),
  flow: quantity(),
  plain: quantity(),
})

const judgeOf = (model: DeviceModel, judge = new QualityJudge()): QualityJudge => {
  judge.configure(DEVICES, new Map([['gauge', model]]))
  return judge
}

const reading = (minute: number, v: number, device = 'a', name = 'level'): Reading => ({
  device,
  quantity: name,
  t: T0 + minute * MINUTE,
  v,
  q: 0x10,
})

/** The flags in force at the end, by series and time. */
class Flags {
  readonly byReading = new Map<string, number>()
  take({ readings, amended }: Judgement): void {
    for (const one of amended) {
      const key = keyOf(one)
      expect(this.byReading.get(key), 'amended, so issued before').toBeDefined()
      expect(one.q).not.toBe(this.byReading.get(key))
      this.byReading.set(key, one.q)
    }
    for (const one of readings) this.byReading.set(keyOf(one), one.q)
  }
}

const keyOf = ({ device, quantity: name, t }: Reading): string => `${seriesName(device, name)}@${t}`

const arrivals = fc
  .uniqueArray(
    fc.record({
      minute: fc.nat(60),
      v: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constantFrom(50, 400, 5000)),
      device: fc.constantFrom('a', 'b'),
      quantity: fc.constantFrom('level', 'flow', 'plain'),
    }),
    { selector: one => `${one.device}${one.quantity}${one.minute}`, minLength: 1, maxLength: 120 },
  )
  .map(all => all.map(one => reading(one.minute, one.v, one.device, one.quantity)))

/** Judges readings in batches that end at the given places, starting anew from the state after each where asked. */
function judged(
  readings: readonly Reading[],
  cuts: readonly number[],
  restarts: boolean,
): Map<string, number> {
  const flags = new Flags()
  let judge = judgeOf(EVERYTHING)
  const ends = [...new Set([...cuts.map(cut => cut % readings.length), readings.length])].sort(
    (a, b) => a - b,
  )
  let begin = 0
  for (const end of ends) {
    flags.take(judge.judge(readings.slice(begin, end)))
    begin = end
    if (restarts) judge = judgeOf(EVERYTHING, new QualityJudge(structuredClone(judge.state())))
  }
  return flags.byReading
}

describe('the judge', () => {
  it('gives the same flags whatever the batches and restarts', () => {
    fc.assert(
      fc.property(arrivals, fc.array(fc.nat(120), { maxLength: 8 }), (readings, cuts) => {
        const whole = judged(readings, [], false)
        expect(judged(readings, cuts, false)).toEqual(whole)
        expect(judged(readings, cuts, true)).toEqual(whole)
        const oneByOne = readings.map((_, at) => at)
        expect(judged(readings, oneByOne, true)).toEqual(whole)
      }),
      { numRuns: 100 },
    )
  })

  it('never rewrites a flag but that of the newest reading, once', () => {
    fc.assert(
      fc.property(arrivals, readings => {
        const judge = judgeOf(EVERYTHING)
        const newest = new Map<string, number>()
        const amendedOnce = new Set<string>()
        for (const one of readings) {
          const name = seriesName(one.device, one.quantity)
          for (const { t, device, quantity: series } of judge.judge([one]).amended) {
            expect(seriesName(device, series)).toBe(name)
            expect(newest.get(name)).toBe(t)
            expect(amendedOnce.has(`${name}@${t}`)).toBe(false)
            amendedOnce.add(`${name}@${t}`)
          }
          // What the sensor cannot measure is nobody's successor.
          if (Math.abs(one.v) <= 1000) newest.set(name, Math.max(newest.get(name) ?? 0, one.t))
        }
      }),
      { numRuns: 100 },
    )
  })

  it('leaves series without tests as they are', () => {
    const readings = [reading(0, 1, 'a', 'plain'), reading(0, 1, 'nobody')]
    expect(judgeOf(EVERYTHING).judge(readings)).toEqual({ readings, amended: [] })
    expect(judgeOf(modelWith({ plain: quantity() })).judge(readings).readings).toBe(readings)
  })

  it('keeps the marks, in amendments too', () => {
    const judge = judgeOf(modelWith({ level: quantity({ spike: { suspect: 3, fail: 8 } }) }))
    expect(judge.judge([reading(0, 1), reading(1, 50)]).readings.map(({ q }) => q)).toEqual([0x11, 0x12])
    expect(judge.judge([reading(2, 1)])).toEqual({
      readings: [{ ...reading(2, 1), q: 0x12 }],
      amended: [{ ...reading(1, 50), q: 0x14 }],
    })
  })

  it('a pending reading that another test suspects says so at once', () => {
    const judge = judgeOf(modelWith({ level: quantity({ spike: { suspect: 300 } }) }))
    expect(judge.judge([reading(0, 1), reading(1, 150)]).readings.map(({ q }) => q & 15)).toEqual([1, 3])
    expect(judge.judge([reading(2, 150)]).amended).toEqual([])
  })

  it('compares a late reading with its neighbours while they are kept, and rewrites nothing', () => {
    const judge = judgeOf(modelWith({ level: quantity({ spike: { suspect: 3, fail: 8 } }) }))
    const first = [0, 2, 4].map(minute => reading(minute, 1))
    expect(judge.judge(first).readings.map(({ q }) => q & 15)).toEqual([1, 1, 2])
    expect(judge.judge([reading(3, 60)])).toEqual({ readings: [{ ...reading(3, 60), q: 0x14 }], amended: [] })
    judge.judge(Array.from({ length: 20 }, (_, at) => reading(5 + at, 1)))
    // A spike between readings that are no longer kept: the gross range alone judges it.
    expect(judge.judge([reading(1, 60)]).readings.map(({ q }) => q & 15)).toEqual([1])
  })

  it('suspects what its neighbours do not see', () => {
    const judge = judgeOf(modelWith({ level: quantity({ neighbour: { suspect: 5, within: '3m' } }) }))
    const say = (minute: number, v: number, device: string) =>
      judge.judge([reading(minute, v, device)]).readings.map(({ q }) => q & 15)
    expect(say(0, 20, 'a')).toEqual([1])
    expect(say(1, 24, 'b')).toEqual([1])
    expect(say(2, 30, 'a')).toEqual([3])
    expect(say(9, 90, 'a')).toEqual([1])
  })

  it('suspects a quantity that changes alone', () => {
    const multiVariate = { other: 'flow', change: 4, otherChange: 2, per: '1m' }
    const judge = judgeOf(modelWith({ level: quantity({ multiVariate }), flow: quantity() }))
    judge.judge([reading(0, 1, 'a', 'flow'), reading(1, 1, 'a', 'flow'), reading(0, 1)])
    expect(judge.judge([reading(1, 9)]).readings[0]?.q).toBe(0x13)
    judge.judge([reading(2, 5, 'a', 'flow')])
    expect(judge.judge([reading(2, 1)]).readings[0]?.q).toBe(0x11)
  })

  it('begins its windows anew when the tests change, and goes on when they do not', () => {
    const flat = (suspect: string) => modelWith({ level: quantity({ flatLine: { tolerance: 0, suspect } }) })
    const judge = judgeOf(flat('5m'))
    judge.judge([0, 1, 2, 3, 4].map(minute => reading(minute, 7)))
    judgeOf(flat('5m'), judge)
    expect(judge.judge([reading(5, 7)]).readings[0]?.q).toBe(0x13)
    judgeOf(flat('4m'), judge)
    expect(judge.judge([reading(6, 7)]).readings[0]?.q).toBe(0x11)
  })
})

it('a flag that a reading came with counts where it is suspect or failed', () => {
  const carried = (flag: number): number => {
    const judge = judgeOf(EVERYTHING)
    judge.judge([reading(0, 1)])
    return qualityOf(judge.judge([{ ...reading(1, 1.5), q: flag }]).readings[0]?.q ?? 0)
  }
  expect([Quality.PASS, Quality.NOT_EVALUATED, Quality.SUSPECT, Quality.FAIL].map(carried)).toEqual([
    2, 2, 3, 4,
  ])
})
