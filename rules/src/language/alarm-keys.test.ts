import { readModel } from '@picket/devices'
import { describe, expect, it } from 'vitest'
import { compilePack } from './index.ts'
import { printPack } from './print-rule.ts'

const read = readModel(
  `model: gauge
name: { en: Gauge, zh: 水位 }
interval: 1m
quantities:
  level: { name: { en: Level, zh: 水位 }, unit: m, source: test }
`,
  'gauge.yaml',
)
const models = new Map('model' in read ? [['gauge', read.model]] : [])

/** Rules of a pack, each with its id and further lines. */
const packOf = (...rules: [id: string, more: string][]): string =>
  [
    'pack: p',
    'rules:',
    ...rules.map(
      ([id, more]) => `  - id: ${id}
    name: { en: x, zh: x }
    message: { en: x, zh: x }
    select: { model: gauge }
    levels: {}
    missing: { after: 5m, then: yellow }
    ${more}`,
    ),
  ].join('\n')

const compile = (...rules: [id: string, more: string][]) =>
  compilePack(packOf(...rules), 'p.yaml', { models })

const faults = (...rules: [id: string, more: string][]): string[] => {
  const result = compile(...rules)
  return result.ok ? [] : result.faults.map(({ line, message }) => `${line}: ${message}`)
}

describe('what a rule says about its alarms', () => {
  it('is nothing unless told', () => {
    expect(compile(['a', ''])).toMatchObject({
      rules: [{ latch: false, flap: undefined, escalate: [], inhibits: undefined }],
    })
  })

  it('writes reminders out in ascending time', () => {
    const more = `escalate:
      - { after: 15m, notify: [chief], repeat: 2 }
      - { after: 20m, notify: [police] }`
    expect(compile(['a', more])).toMatchObject({
      rules: [
        {
          escalate: [
            { afterMs: 900_000, notify: ['chief'] },
            { afterMs: 1_200_000, notify: ['police'] },
            { afterMs: 1_800_000, notify: ['chief'] },
            { afterMs: 2_700_000, notify: ['chief'] },
          ],
        },
      ],
    })
  })

  it('is the same when printed and read again', () => {
    const more = `latch: true
    flap: { above: 30, below: 25 }
    escalate: { after: 15m, notify: [chief], repeat: 1 }
    inhibits: { rules: [b], devices: same-site, wait: 90s }`
    const once = compile(['a', more], ['b', ''])
    if (!once.ok) throw new Error(JSON.stringify(once.faults))
    const again = compilePack(printPack('p', once.rules), 'p.yaml', { models })
    if (!again.ok) throw new Error(JSON.stringify(again.faults))
    expect(again.rules.map(({ revision }) => revision)).toEqual(once.rules.map(({ revision }) => revision))
    const [changed] = (compile(['a', ''], ['b', '']) as { rules: { revision: string }[] }).rules
    expect(changed?.revision).not.toBe(once.rules[0]?.revision)
  })

  it('switches outputs of a gateway, from its mildest level on unless told', () => {
    const more = 'runs: gateway\n    switch: [{ output: siren }, { output: lamp, from: yellow }]'
    const compiled = compile(['a', more])
    expect(compiled).toMatchObject({
      rules: [
        {
          runs: 'gateway',
          switches: [
            { output: 'siren', from: 'yellow' },
            { output: 'lamp', from: 'yellow' },
          ],
        },
      ],
    })
    if (!compiled.ok) throw new Error('refused')
    const again = compilePack(printPack('p', compiled.rules), 'p.yaml', { models })
    expect(again).toMatchObject({ rules: [{ revision: compiled.rules[0]?.revision }] })
  })

  it('may hide no rule that does not exist', () => {
    expect(faults(['a', 'inhibits: { rules: [bb], devices: same-site }'], ['b', ''])).toEqual([
      '3: rule a: inhibits: there is no rule "bb"',
    ])
  })

  it('may not hide itself, nor in a ring', () => {
    const hides = (id: string): string => `inhibits: { rules: [${id}], devices: same-device }`
    expect(faults(['a', hides('a')])).toEqual(['9: rule a: inhibits: a rule cannot hide its own alarms'])
    expect(faults(['a', hides('b')], ['b', hides('c')], ['c', hides('a')])).toEqual([
      '3: rule a: inhibits: a hides b hides c hides a',
      '10: rule b: inhibits: b hides c hides a hides b',
      '17: rule c: inhibits: c hides a hides b hides c',
    ])
    expect(faults(['a', hides('b')], ['b', hides('c')], ['c', ''])).toEqual([])
  })

  it.each([
    ['flap: { above: 25, below: 30 }', 'flap: an alarm cannot be steady at 30 % and flap above 25 %'],
    ['escalate: { after: soon, notify: [chief] }', 'escalate.after: "soon" is no duration from 1s'],
    [
      'escalate: { after: 1d, notify: [chief], repeat: 7 }',
      'escalate: the last reminder comes later than 7d after the first page',
    ],
    [
      'inhibits: { rules: [b], devices: same-site, wait: 11m }',
      'inhibits.wait: "11m" is no duration up to 10m',
    ],
    ['switch: [{ output: siren }]', 'switch: only a rule that runs on a gateway can switch its outputs'],
    [
      'runs: gateway\n    switch: [{ output: siren, from: red }]',
      'switch: output "siren" goes on at red, which this rule never reaches',
    ],
    [
      'runs: gateway\n    switch: [{ output: siren }, { output: siren }]',
      'switch: output "siren" stands there twice',
    ],
  ])('refuses %s', (more, message) => {
    expect(faults(['a', more], ['b', ''])).toEqual([
      `${more.startsWith('runs') ? 10 : 9}: rule a: ${message}`,
    ])
  })
})
