import { describe, expect, it } from 'vitest'
import type { ClockState } from '../time/clock-keeper.ts'
import { examineClock } from './clock.ts'

const NOW = Date.UTC(2026, 10, 29, 12)

describe('what the doctor says of a clock', () => {
  it.each<[string, number, boolean | undefined, ClockState | undefined, RegExp]>([
    ['synchronised', NOW, true, undefined, /^ok .*synchronised$/],
    ['of which nobody knows', NOW, undefined, undefined, /^warning .*cannot be told$/],
    [
      'right by the cloud',
      NOW,
      undefined,
      { now: NOW, trust: 'known', hostAheadMs: 40 },
      /^ok .*cloud's word$/,
    ],
    [
      'off, with a gateway that knows better',
      NOW - 300_000,
      undefined,
      { now: NOW, trust: 'known', hostAheadMs: -300_000 },
      /^warning .*T11:55.* -300 s ahead; the gateway goes by .*T12:00/,
    ],
    [
      'that was set',
      NOW + 9e9,
      true,
      { now: NOW, trust: 'suspect' },
      /^fault .*readings bear .*T12:00.* and are marked/,
    ],
    ['in 1970', 0, undefined, undefined, /^fault it says 1970.*which cannot be$/],
  ])('%s', (_, now, synchronised, state, words) => {
    const { level, message } = examineClock(now, synchronised, state)
    expect(`${level} ${message}`).toMatch(words)
  })
})
