import { type DeviceModel, formatFileFault } from '@picket/devices'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Rule } from '../rule.ts'
import { compilePack, compilePacks, packSchema } from './index.ts'

const quantity = { name: { en: 'x', zh: 'x' }, unit: 'mm', source: 'test' }
const models = new Map<string, DeviceModel>([
  [
    'crack-meter',
    {
      model: 'crack-meter',
      name: { en: 'Crack meter', zh: '裂缝计' },
      interval: '1m',
      quantities: { displacement: quantity, battery: quantity },
    },
  ],
])

const RULE = `
  - id: slope-speed
    name: { en: Crack opens, zh: 裂缝张开 }
    message: { en: "{device} moves {speed} mm/d", zh: "{device}：{speed} mm/d" }
    select: { model: crack-meter }
    features: { speed: "rate(displacement, 6h)" }
    parameters: { creep: { value: 5, unit: mm/d, min: 0.1, max: 1000, reason: test } }
    levels:
      red: { when: speed > 11 * creep }
      yellow: { when: speed > 2 * creep, until: speed < 1.5 * creep, for: 10m, clearFor: 1h30m }
    missing: { after: 15m, then: keep }
    notify: [duty]
`

const PACK = `pack: slope
rules:${RULE}`

/** A pack with one of its lines exchanged. */
const changed = (from: string, to: string): string => {
  if (!PACK.includes(from)) throw new Error(`no "${from}" in the pack`)
  return PACK.replace(from, to)
}

const rulesOf = (text: string): Rule[] => {
  const result = compilePack(text, 'slope.yaml', { models })
  if (!result.ok) throw new Error(result.faults.map(formatFileFault).join('\n'))
  return result.rules
}

const faultsOf = (text: string): string[] => {
  const result = compilePack(text, 'slope.yaml', { models })
  return result.ok ? [] : result.faults.map(formatFileFault)
}

const ruleOf = (text: string): Rule => rulesOf(text)[0] as Rule

fc.configureGlobal({ seed: 7 })

describe('a pack', () => {
  it('becomes rules, their levels the mildest first', () => {
    const rule = ruleOf(PACK)
    expect(rule).toMatchObject({
      id: 'slope-speed',
      pack: 'slope',
      select: { model: 'crack-meter' },
      features: [{ name: 'speed', detector: 'rate', inputs: [{ from: '', quantity: 'displacement' }] }],
      parameters: [{ name: 'creep', value: 5, min: 0.1, max: 1000 }],
      levels: [
        { level: 'yellow', forMs: 600_000, clearForMs: 5_400_000 },
        { level: 'red', forMs: 0, clearForMs: 0, off: undefined },
      ],
      missing: { afterMs: 900_000, intervals: undefined, then: 'keep' },
      notify: ['duty'],
    })
    expect(rule.levels[0]?.on.test({ speed: 11, creep: 5 })).toBe(true)
    expect(rule.levels[0]?.off?.test({ speed: 11, creep: 5 })).toBe(false)
  })

  it('waits three reporting intervals for missing data unless told otherwise', () => {
    const { missing } = ruleOf(changed('    missing: { after: 15m, then: keep }\n', ''))
    expect(missing).toEqual({ afterMs: undefined, intervals: 3, then: 'keep' })
    expect(ruleOf(changed('after: 15m', 'after: 5 intervals')).missing.intervals).toBe(5)
  })

  it('may hold a rule that watches for silence alone', () => {
    const rule = ruleOf(`pack: silence
rules:
  - id: silent
    name: { en: Silent, zh: 失联 }
    message: { en: "{device}", zh: "{device}" }
    select: { tag: field }
    levels: {}
    missing: { after: 10 intervals, then: yellow }
`)
    expect(rule).toMatchObject({ features: [], levels: [], missing: { intervals: 10, then: 'yellow' } })
  })

  it('gives equal rules equal revisions, and others others', () => {
    const { revision } = ruleOf(PACK)
    expect(revision).toMatch(/^[0-9a-f]{12}$/)
    expect(ruleOf(changed('rate(displacement, 6h)', 'rate( displacement,360m )')).revision).toBe(revision)
    expect(ruleOf(changed('for: 10m, clearFor: 1h30m', 'clearFor: 90m, for: 600s')).revision).toBe(revision)
    for (const text of [
      changed('6h', '7h'),
      changed('value: 5', 'value: 6'),
      changed('11 * creep', '12 * creep'),
      changed('for: 10m', 'for: 11m'),
      changed('then: keep', 'then: red'),
      changed('[duty]', '[duty, mayor]'),
    ])
      expect(ruleOf(text).revision).not.toBe(revision)
  })

  it('has a JSON Schema, for editors', () => {
    const schema = JSON.parse(JSON.stringify(packSchema))
    expect(schema).toMatchObject({ type: 'object', required: ['pack', 'rules'] })
  })
})

// Each: its name, what is exchanged, for what, and the fault that it must give, with its line.
const MISTAKES = [
  [
    'unknown model',
    'crack-meter',
    'crackmeter',
    '6: rule slope-speed: there is no device model "crackmeter" (did you mean "crack-meter"?)',
  ],
  [
    'unknown quantity',
    'displacement',
    'displacment',
    '7: rule slope-speed: speed: model crack-meter has no quantity "displacment" (did you mean "displacement"?)',
  ],
  [
    'unknown detector',
    'rate(',
    'rat(',
    '7: rule slope-speed: speed: there is no detector "rat" (did you mean "rate"?)',
  ],
  [
    'window below interval',
    '6h',
    '60s',
    '7: rule slope-speed: speed: a window of 1m never holds two readings of a crack-meter (it reports every 1m: choose at least 3m)',
  ],
  [
    'unknown name in condition',
    'speed > 2 * creep',
    'speed > 2 * crep',
    '11: rule slope-speed: yellow.when: "crep" is neither a feature nor a parameter of this rule (did you mean "creep"?)',
  ],
  [
    'an end that holds while its level does',
    'until: speed < 1.5',
    'until: speed > 1.5',
    '11: rule slope-speed: yellow.until: it holds while yellow.when does: with speed at 11 (until says when the level is over: compare the other way round)',
  ],
  [
    'condition not boolean',
    'speed < 1.5 * creep',
    'speed',
    '11: rule slope-speed: yellow.until: "speed" is a number, not a condition (compare it: speed > 3)',
  ],
  [
    'unknown name in message',
    '{device} moves {speed}',
    '{device} moves {sped}',
    '5: rule slope-speed: {sped} in message.en is neither a feature nor a parameter of this rule (did you mean "speed"?)',
  ],
  [
    'stray brace in message',
    '{device}：',
    '{device：',
    '5: rule slope-speed: a brace in message.zh has no partner',
  ],
  [
    'parameter out of bounds',
    'value: 5',
    'value: 0.01',
    '8: rule slope-speed: creep: 0.01 is not between its own min 0.1 and max 1000',
  ],
  [
    'bad duration',
    'for: 10m',
    'for: ten',
    '11: rule slope-speed: yellow.for: "ten" is no duration up to 60d (write for example 0s, 90s, 10m or 1h30m)',
  ],
  [
    'bad silence',
    'after: 15m',
    'after: 0 intervals',
    '12: rule slope-speed: missing.after: "0 intervals" is no time of silence (write for example 15m, or 3 intervals)',
  ],
  [
    'level without when',
    'red: { when: speed > 11 * creep }',
    'red: { for: 10m }',
    '10: rule 1.levels.red: "when" is missing',
  ],
  [
    'unknown level',
    'red:',
    'green:',
    '10: rule 1.levels: there is no level green (known: blue, yellow, orange, red)',
  ],
  [
    'empty selector',
    '{ model: crack-meter }',
    '{}',
    '6: rule 1.select chooses no device (give at least one of model, site, tag, device)',
  ],
  [
    'unknown missing policy',
    'then: keep',
    'then: clear',
    '12: rule 1.missing.then is not known (known: keep, stale, blue, yellow, orange, red)',
  ],
  [
    'unknown way to combine devices',
    'rate(displacement, 6h)',
    'rate(displacement, 6h, across all)',
    '7: rule slope-speed: speed: across "all" is unknown (known: min, max, mean, sum, median, count)',
  ],
  [
    'unknown quantity of a further input',
    'features: {',
    'with: { wall: { model: crack-meter } }\n    features: { tilt: "wall.angle",',
    '8: rule slope-speed: tilt: model crack-meter has no quantity "angle" (known: displacement, battery)',
  ],
  [
    'further input that nothing reads',
    'notify: [duty]',
    'with: { wall: { model: crack-meter } }',
    '13: rule slope-speed: with.wall: no feature reads it (write for example wall.rain in a feature)',
  ],
  [
    'message of a site that names a device',
    'select: {',
    'per: site\n    select: {',
    '5: rule slope-speed: {device} in message.en: an alarm of a whole site has no device (write {site})',
  ],
  [
    'no range of days',
    'notify: [duty]',
    'season: [05-01..10-15, 31-12..01-05]',
    '13: rule slope-speed: season: "31-12..01-05" is no range of days (write 05-01..10-15 for every year (11-01..03-31 goes over new year), or 2026-06-01..2026-09-30 for one)',
  ],
  [
    'two values for one day',
    'reason: test',
    'reason: test, seasons: { 06-01..09-30: 4, 09-30..10-05: 3 }',
    '8: rule slope-speed: creep: "09-30..10-05" has days that another of its seasons has',
  ],
  [
    'value of a season out of bounds',
    'reason: test',
    'reason: test, seasons: { 06-01..09-30: 1001 }',
    '8: rule slope-speed: creep: 1001 is not between its own min 0.1 and max 1000',
  ],
  [
    'unknown quality policy',
    'notify: [duty]',
    'quality: { suspect: drop }',
    '13: rule 1.quality.suspect is not known (known: use, ignore)',
  ],
  [
    'no offset from UTC',
    'pack: slope',
    'pack: slope\nutcOffset: Beijing',
    '2: utcOffset: "Beijing" is no offset from UTC (write for example "+08:00")',
  ],
  ['misspelled key', 'notify:', 'notfy:', '13: rule 1: "notfy" is not known here (check the spelling)'],
] as const

it.each([
  ['it meets its level in one value', 'speed <= 2 * creep'],
  ['it goes by something else', 'displacement < 3'],
  ['it compares otherwise', 'speed < creep + 0 * speed'],
])('an end may stand where %s', (_, until) => {
  const text = changed(
    'when: speed > 2 * creep, until: speed < 1.5 * creep',
    `when: speed >= 2 * creep, until: ${until}`,
  )
  expect(faultsOf(text.replace('6h)" }', '6h)", displacement: displacement }'))).toEqual([])
})

describe('a fault in a pack', () => {
  for (const [name, from, to, expected] of MISTAKES)
    it(`is found: ${name}`, () => {
      expect(faultsOf(changed(from, to))).toContain(`slope.yaml:${expected}`)
    })

  it('is found: names that are taken, twice or no names', () => {
    const named = (feature: string): string[] =>
      faultsOf(
        PACK.replaceAll('speed:', `${feature}:`)
          .replaceAll('{speed}', '')
          .replaceAll(/speed [<>]/g, `${feature} >`),
      )
    expect(named('level')[0]).toContain('7: rule slope-speed: "level" has a meaning of its own in messages')
    expect(named('creep')[0]).toContain('"creep" is both a feature and a parameter')
    expect(named('in')[0]).toContain('"in" cannot be a name in a condition')
  })

  it('is found: an id that stands twice, also in another file', () => {
    expect(faultsOf(PACK + RULE)).toEqual([
      'slope.yaml:15: the rule id "slope-speed" stands already in slope.yaml:3 (give every rule an id of its own)',
    ])
    const files = ['a.yaml', 'b.yaml'].map(file => ({ file, text: PACK }))
    const result = compilePacks(files, { models })
    expect(result.ok ? [] : result.faults.map(formatFileFault)).toEqual([
      'b.yaml:3: the rule id "slope-speed" stands already in a.yaml:3 (give every rule an id of its own)',
    ])
  })

  it('is found: a rule that can never raise an alarm', () => {
    const text = PACK.replace(/levels:\n.*\n.*\n/, 'levels: {}\n')
    expect(faultsOf(text)[0]).toContain('9: rule slope-speed: this rule can never raise an alarm')
  })

  it('does not hide the others', () => {
    const text = changed('6h', '0h').replace('value: 5', 'value: 0').replace('for: 10m', 'for: x')
    expect(faultsOf(text)).toHaveLength(3)
  })

  it('is found: more than 1000 rules', () => {
    const rules = Array.from({ length: 1001 }, (_, at) => RULE.replace('slope-speed', `r${at}`))
    expect(faultsOf(`pack: many\nrules:${rules.join('')}`)[0]).toContain('must not have more than 1000 items')
  })

  it('never makes the compiler throw, whatever is cut out or put in', () => {
    const at = fc.nat(PACK.length)
    const junk = fc.oneof(
      fc.constantFrom('', '{', ']', ': ', '- ', '&a ', '*a', '"', 'null', '1e999'),
      fc.string(),
    )
    fc.assert(
      fc.property(at, fc.nat(30), junk, (begin, length, put) => {
        const text = PACK.slice(0, begin) + put + PACK.slice(begin + length)
        const result = compilePack(text, 'x.yaml', { models })
        expect(result.ok || result.faults.every(({ line }) => line >= 1)).toBe(true)
      }),
    )
  })
})
