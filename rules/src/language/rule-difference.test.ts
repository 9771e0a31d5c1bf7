import { describe, expect, it } from 'vitest'
import type { Rule } from '../rule.ts'
import { compilePack } from './compile-pack.ts'
import { ruleDifferences } from './rule-difference.ts'

const pack = (lines: string): string => `pack: p
rules:
  - id: r
    name: { en: a, zh: a }
    message: { en: a, zh: a }
    select: { model: m }
    features: { x: level }
    parameters: { limit: { value: 3, unit: m, min: 1, max: 9, reason: tried } }
    levels: { red: { when: x > limit, for: 5m } }
${lines}`

const MODEL = {
  model: 'm',
  name: { en: 'm', zh: 'm' },
  interval: '1m',
  quantities: { level: { name: { en: 'l', zh: 'l' }, unit: 'm', source: 'none' } },
}

function compiled(text: string): Rule {
  const result = compilePack(text, 'p.yaml', { models: new Map([['m', MODEL]]) })
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.rules[0] as Rule
}

describe('the differences of two versions of a rule', () => {
  const before = compiled(pack(''))

  it('are none where the rule means the same', () => {
    expect(ruleDifferences(before, compiled(pack('    notify: []\n')))).toEqual([])
  })

  it('name each place with what it was and what it is', () => {
    const changed = pack('    latch: true\n')
      .replace('value: 3', 'value: 4')
      .replace('for: 5m', 'until: x < 2')
    expect(ruleDifferences(before, compiled(changed))).toEqual([
      { place: 'parameters.limit', before: '3 m', after: '4 m' },
      { place: 'levels.red.until', before: null, after: 'x < 2' },
      { place: 'levels.red.for', before: '5m', after: '0s' },
      { place: 'latch', before: 'false', after: 'true' },
    ])
  })
})
