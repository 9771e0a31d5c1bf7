import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DETECTORS } from '../detectors/index.ts'
import { detectorTexts } from './detector-text.ts'
import { parseFeature } from './index.ts'

describe('what a person is told of detectors', () => {
  it('says how each is written, what it is, and what its options are if absent', () => {
    const texts = detectorTexts()
    expect([...texts.keys()]).toEqual([...DETECTORS.keys()])
    expect(texts.get('last')).toMatch(/^quantity\n/)
    expect(texts.get('cusum')).toBe(`cusum(quantity)
    what readings are above (or below) a target, added up, never below 0: sees a small shift that lasts
    target (a number or a parameter): the value that the readings should have
    slack (a number or a parameter): a reading adds what it is beyond the target and this; half the shift that is to be seen
    side (up | down): readings above or below the target; up if absent`)
    expect(texts.get('rain-threshold')).toContain(
      'dry (a time): a storm ends after this long without rain; 3h if absent',
    )
    expect(texts.get('rain-threshold')).toContain(
      'a (a number or a parameter): threshold at one hour, mm/h; may be absent',
    )
  })

  it('is in the README for every detector, in examples that can be read', () => {
    const page = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const table = page.slice(
      page.indexOf('| written | value |'),
      page.indexOf('`picket-rules detectors` says'),
    )
    const written = [...table.matchAll(/`([^`]+\(.*?\))`/g)].map(([, text = '']) => text)
    for (const text of written.filter(one => !one.includes('...')))
      expect(parseFeature('x', text), text).toMatchObject({ ok: true })
    for (const name of DETECTORS.keys())
      if (name !== 'last') expect(table).toMatch(new RegExp(`\`${name}[\`(]`))
  })
})
