import { readModel } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { compilePack } from './compile-pack.ts'

const quantity = (name: string, unit: string): string =>
  `  ${name}: { name: { en: N, zh: 名 }, unit: "${unit}", source: a test }`

const read = readModel(
  `model: station
name: { en: Station, zh: 站 }
interval: 1m
quantities:
${[
  ['displacement', 'mm'],
  ['level', 'm'],
  ['rain', 'mm'],
  ['oil', 'Cel'],
  ['ambient', 'Cel'],
  ['voltage', 'V'],
  ['current', 'A'],
  ['power', 'kW'],
  ['load', '1'],
]
  .map(([name, unit]) => quantity(name as string, unit as string))
  .join('\n')}
`,
  'station.yaml',
)
if ('faults' in read) throw new Error(read.faults[0]?.message)
const models = new Map([['station', read.model]])

/** The faults of a condition over a station's quantities and rates, with these parameters by unit. */
function faultsOf(condition: string, parameters: Record<string, string> = {}): string[] {
  const pack = `pack: p
rules:
  - id: r
    name: { en: R, zh: 规 }
    message: { en: R, zh: 规 }
    select: { model: station }
    features:
      displacement: displacement
      stage: level
      rain: sum(rain, 1h)
      oil: oil
      ambient: ambient
      warming: rate(oil, 1h, per 1h)
      speed: rate(displacement, 6h)
      hourly: rate(displacement, 6h, per 1h)
      odd: rate(displacement, 6h, per 90m)
      voltage: mean(voltage, 10m)
      current: current
      power: power
      load: load
    parameters:
      spare: { value: 1, unit: m, min: 0, max: 9, reason: a test }
${Object.entries(parameters)
  .map(([name, unit]) => `      ${name}: { value: 1, unit: "${unit}", min: 0, max: 9, reason: a test }`)
  .join('\n')}
    levels: { red: { when: ${JSON.stringify(condition)} } }
`
  const result = compilePack(pack, 'p.yaml', { models })
  return result.ok ? [] : result.faults.map(({ message, hint }) => `${message} (${hint})`)
}

describe('units in conditions', () => {
  it.each<[string, string, Record<string, string>?]>([
    ['a number with anything', 'speed > 5 && oil > 80 && load > 0.9'],
    ['a sum with a number', 'stage + 0.5 > spare'],
    ['the same unit', 'speed > limit', { limit: 'mm/d' }],
    ['the same unit in other words', 'hourly > limit', { limit: 'um/h/10*-3' }],
    ['a part of it', 'speed > 0.7 * limit', { limit: 'mm/d' }],
    ['a conversion', 'displacement > 1000 * stage'],
    ['a conversion of time', 'speed > 24 * limit', { limit: 'mm/h' }],
    ['a conversion by division', 'hourly > speed / 24'],
    ['a share in percent', 'voltage > nominal * (1 + over / 100)', { nominal: 'V', over: '%' }],
    ['a product', 'voltage * current / 1000 > power'],
    ['a quotient', 'voltage / current > limit', { limit: 'Ohm' }],
    ['one over something', '1 / hourly < limit', { limit: 'h/mm' }],
    ['a difference of temperatures', 'oil - ambient > limit', { limit: 'K' }],
    ['a temperature less a difference', 'oil < limit - cooled', { limit: 'Cel', cooled: 'K' }],
    ['a rate of temperature', 'warming > limit', { limit: 'K/h' }],
    ['a rate per an odd time', 'odd > limit', { limit: 'mm/(90.min)' }],
    ['a choice', '(load > 1 ? stage : spare) > 2'],
    ['a distance', 'abs(stage - spare) > 2'],
    ['a plain number times something', 'speed > margin * limit', { margin: '1', limit: 'mm/d' }],
  ])('%s fits: %s', (_, condition, parameters = {}) => {
    expect(faultsOf(condition, parameters)).toEqual([])
  })

  const compared = 'only what is in one unit can be compared'
  it.each<[string, Record<string, string>, string]>([
    [
      'displacement > spare',
      {},
      `displacement is in mm, spare in m: ${compared} (1 m is 1000 mm: give "spare" in mm, or multiply it)`,
    ],
    [
      'speed > limit',
      { limit: 'mm/h' },
      `speed is in mm/d, limit in mm/h: ${compared} (1 mm/h is 24 mm/d: give "limit" in mm/d, or multiply it)`,
    ],
    [
      'speed > displacement',
      {},
      `speed is in mm/d, displacement in mm: ${compared} (these are different things: is "speed" what you mean, or "displacement"?)`,
    ],
    [
      'displacement + speed > 5',
      {},
      'displacement is in mm, speed in mm/d: only what is in one unit can be added (these are different things: is "displacement" what you mean, or "speed"?)',
    ],
    [
      'displacement - stage > 5',
      {},
      'displacement is in mm, stage in m: only what is in one unit can be subtracted (1 m is 1000 mm: give "stage" in mm, or multiply it)',
    ],
    [
      'oil - ambient > limit',
      { limit: 'Cel' },
      `oil - ambient is in K, limit in Cel: ${compared} (a difference of two temperatures is in K)`,
    ],
    [
      'voltage * current > power',
      {},
      `voltage * current is in V.A, power in kW: ${compared} (1 kW is 1000 V.A: give "power" in V.A, or multiply it)`,
    ],
    [
      'abs(displacement - 2 * rain) > load',
      {},
      `abs(displacement - 2 * rain) is in mm, load in 1: ${compared} (these are different things: is "abs(displacement - 2 * rain)" what you mean, or "load"?)`,
    ],
    [
      '(load > 1 ? stage : rain) > 2',
      {},
      'stage is in m, rain in mm: both values of ? : must be in one unit (1 mm is 0.001 m: give "rain" in m, or multiply it)',
    ],
    [
      'load > 1 && !(stage > rain)',
      {},
      `stage is in m, rain in mm: ${compared} (1 mm is 0.001 m: give "rain" in m, or multiply it)`,
    ],
  ])('%s is refused', (condition, parameters, fault) => {
    expect(faultsOf(condition, parameters)).toEqual([`rule r: red.when: ${fault}`])
  })

  it('a unit that is none is refused, with the code that was meant', () => {
    expect(faultsOf('oil > limit', { limit: '°C' })).toEqual([
      'rule r: limit: "°C" is no unit that is known here (write Cel)',
    ])
  })
})
