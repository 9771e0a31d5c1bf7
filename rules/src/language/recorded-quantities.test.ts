import { readModel } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { recordFaults } from '../engine/recording-order.ts'
import { compilePacks } from './compile-pack.ts'
import { printPack } from './print-rule.ts'

const model = (id: string, quantities: string) => {
  const read = readModel(
    `model: ${id}\nname: { en: x, zh: x }\ninterval: 1m\nquantities:\n${quantities}`,
    `${id}.yaml`,
  )
  if (!('model' in read)) throw new Error(JSON.stringify(read.faults))
  return read.model
}
const models = new Map([
  ['crack', model('crack', '  opening: { name: { en: x, zh: x }, unit: mm, source: x }\n')],
  ['gauge', model('gauge', '  rain: { name: { en: x, zh: x }, unit: mm, source: x }\n')],
])

interface Written {
  id: string
  select?: string
  features?: string
  record?: string
  levels?: string
  more?: string
}

const rule = ({
  id,
  select = '{ model: crack }',
  features = '{}',
  record,
  levels = '{}',
  more = '',
}: Written) =>
  `  - id: ${id}
    name: { en: x, zh: x }
    message: { en: x, zh: x }
    select: ${select}
    features: ${features}
${record ? `    record: { ${record} }\n` : ''}    levels: ${levels}
${more}`
const as = (name: string, feature: string) => `${name}: { feature: ${feature}, name: { en: x, zh: x } }`

const compile = (...rules: Written[]) =>
  compilePacks([{ text: `pack: p\nrules:\n${rules.map(rule).join('')}`, file: 'p.yaml' }], { models })
const faultsOf = (...rules: Written[]) => {
  const result = compile(...rules)
  return result.ok ? [] : result.faults.map(({ code, message, hint }) => `${code}: ${message} (${hint})`)
}

const speed: Written = {
  id: 'speed',
  features: '{ v: "rate(opening, 6h)" }',
  record: as('opening_speed', 'v'),
}

describe('record', () => {
  it('gives the series the unit of its feature, through several rules, whatever their order', () => {
    const faster: Written = {
      id: 'faster',
      features: '{ a: "delta(opening_speed, 1h)", s: opening_speed }',
      record: as('gain', 'a'),
      levels: '{ red: { when: s > 3 && a > limit } }',
      more: '    parameters: { limit: { value: 1, unit: mm/d, min: 0, max: 9, reason: x } }\n',
    }
    const result = compile(faster, speed)
    expect(result.ok ? result.rules.map(({ record }) => record[0]?.unit) : result.faults).toEqual([
      'mm/d',
      'mm/d',
    ])
    const wrong = { ...faster, more: faster.more?.replace('mm/d', 'mm') ?? '' }
    expect(faultsOf(wrong, speed)).toEqual([expect.stringContaining('in mm/d, limit in mm')])
  })

  it('is printed back, and read again with the same revision', () => {
    const result = compile(speed)
    if (!result.ok) throw new Error('speed')
    const again = compilePacks([{ text: printPack('p', result.rules), file: 'p.yaml' }], { models })
    expect(again.ok && again.rules[0]?.revision).toBe(result.rules[0]?.revision)
  })

  it.each<[string, Written[], RegExp]>([
    [
      'a name of the model',
      [{ ...speed, record: as('opening', 'v') }],
      /record-quantity: .*model crack has a quantity/,
    ],
    [
      'a name that is none',
      [{ ...speed, record: as('"Opening speed"', 'v') }],
      /record-name: .*tangent_angle/,
    ],
    [
      'an unknown feature',
      [{ ...speed, record: as('opening_speed', 'w') }],
      /record-feature: .*no feature "w"/,
    ],
    [
      'a rule per site',
      [{ ...speed, features: '{ v: "mean(opening, 6h, across max)" }', more: '    per: site\n' }],
      /record-site/,
    ],
    [
      'the same series twice',
      [speed, { ...speed, id: 'speed-2' }],
      /record-twice: rule speed-2: .*rule speed records it/,
    ],
    [
      'a series that nobody records',
      [
        { ...speed, features: '{ v: opening_sped }' },
        { ...speed, id: 'other', record: as('opening_speed2', 'v') },
      ],
      /feature-quantity: .*has no quantity "opening_sped"/,
    ],
    ['no purpose', [{ ...speed, record: undefined as never }], /rule-idle/],
    ['itself', [{ id: 'a', features: '{ v: x }', record: as('x', 'v') }], /record-loop: .*a reads x of a/],
    [
      'a loop',
      [
        { id: 'a', features: '{ v: z }', record: as('x', 'v') },
        { id: 'b', features: '{ v: x }', record: as('y', 'v') },
        { id: 'c', features: '{ v: y }', record: as('z', 'v') },
      ],
      /record-loop: rule a: .*a reads z of c reads y of b reads x of a/,
    ],
  ])('refuses %s', (_, rules, fault) => {
    expect(faultsOf(...rules).join('\n')).toMatch(fault)
  })

  it('may be read at devices of another input, and of other rules at other devices', () => {
    const index: Written = {
      id: 'index',
      select: '{ model: gauge }',
      features: '{ i: "antecedent-rain(rain, k 0.84)" }',
      record: as('wetness', 'i'),
    }
    const reader: Written = {
      id: 'reader',
      features: '{ w: g.wetness }',
      levels: '{ red: { when: w > 30 } }',
      more: '    with: { g: { model: gauge } }\n',
    }
    expect(faultsOf(reader, index)).toEqual([])
  })

  it('is refused over devices where two rules write the same series, or none writes what is read', () => {
    const result = compile(
      { ...speed, select: '{ model: crack, tag: east }' },
      { ...speed, id: 'speed-low', select: '{ model: crack, tag: low }' },
      { id: 'reader', features: '{ s: opening_speed }', levels: '{ red: { when: s > 3 } }' },
    )
    if (!result.ok) throw new Error(result.faults[0]?.message)
    const device = (id: string, ...tags: string[]) => ({
      id,
      model: 'crack',
      site: 's',
      tags,
      parameters: {},
      intervalMs: 60_000,
    })
    expect(recordFaults(result.rules, [device('a', 'east'), device('b', 'low')], models)).toEqual([])
    expect(recordFaults(result.rules, [device('a', 'east', 'low'), device('c')], models)).toEqual([
      'rule speed-low: record.opening_speed: rule speed records it at device "a" too: give one of them another name',
      'rule reader: s: device "c" has no series "opening_speed" (rule speed records it where model is crack and tag is east; rule speed-low records it where model is crack and tag is low)',
    ])
  })
})
