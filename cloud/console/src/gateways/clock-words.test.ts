import { afterEach, describe, expect, it } from 'vitest'
import { language } from '../text/language.ts'
import { aheadWords, clockWords } from './clock-words.ts'

const AT = Date.UTC(2026, 10, 29, 12)
const correction = {
  ...{ epoch: '00112233445566778899aabbccddeeff', first: 0, last: 4711, at: AT },
  ...{ offsetMs: AT - 3_600_000, uncertaintyMs: 150, stampedFromMs: 0 },
  ...{ waiting: 0, by: null, reason: null },
}

afterEach(() => {
  language.value = 'en'
})

describe('what the console says of a clock', () => {
  it('is by how much it was wrong, and since when the times are right', () => {
    expect(clockWords(correction)).toMatch(
      /^Epoch 00112233, 0–4711: the clock was 20786 d behind; .* 29 Nov 2026/,
    )
    expect(clockWords({ ...correction, offsetMs: -90_000 })).toContain('1 min 30 s ahead')
    expect(clockWords({ ...correction, offsetMs: 0 })).toContain('in doubt, and right')
  })

  it('is between which times readings were taken, where more is not known', () => {
    const unknown = { ...correction, uncertaintyMs: 1_800_000 }
    expect(clockWords(unknown)).toMatch(
      /set aside.* between 29 Nov 2026, \d\d:30:00 and 29 Nov 2026, \d\d:30:00/,
    )
    language.value = 'zh'
    expect(clockWords(unknown)).toContain('已隔离')
    expect(clockWords({ ...unknown, waiting: 3 })).toContain('3 条')
  })

  it('is who told it, where that was a person', () => {
    expect(clockWords({ ...correction, by: 'Li Na', reason: 'by the diary' })).toMatch(
      / put right on .* So said Li Na: by the diary$/,
    )
  })

  it('is how it stands now', () => {
    expect(aheadWords(0.3)).toEqual({ text: 'right', bad: false })
    expect(aheadWords(-301)).toEqual({ text: '5 min 1 s behind', bad: true })
    expect(aheadWords(301)).toEqual({ text: '5 min 1 s ahead', bad: true })
  })
})
