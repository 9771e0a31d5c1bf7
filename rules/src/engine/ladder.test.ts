import { describe, expect, it } from 'vitest'
import type { Level } from '../level.ts'
import type { Condition, LevelRule, Rule } from '../rule.ts'
import type { RungVerdict } from './decision.ts'
import { levelInForce, moveLadder, newLadder, nextDue, setMissing } from './ladder.ts'

const never: Condition = {
  text: '',
  features: [],
  test: () => false,
  placed: () => () => false,
  cuts: () => undefined,
}
const rung = (level: Level, forMs = 0, clearForMs = 0): LevelRule => ({
  level,
  on: never,
  off: never,
  forMs,
  clearForMs,
})

function ruleWith(levels: LevelRule[], then: Rule['missing']['then'] = 'keep'): Rule {
  return {
    id: 'r',
    pack: 'p',
    revision: '1',
    name: { en: 'r', zh: 'r' },
    message: { en: '', zh: '' },
    per: 'device',
    select: {},
    with: {},
    features: [],
    parameters: [],
    record: [],
    levels,
    missing: { afterMs: 1000, intervals: undefined, then },
    quality: { suspect: 'use', notEvaluated: 'use' },
    season: [],
    utcOffsetMs: 0,
    notify: [],
    lifeSafety: false,
    runs: 'cloud',
    switches: [],
    latch: false,
    flap: undefined,
    escalate: [],
    inhibits: undefined,
  }
}

const on: RungVerdict = { on: true, off: false }
const off: RungVerdict = { on: false, off: true }
const between: RungVerdict = { on: false, off: false }
const unknown: RungVerdict = { on: undefined, off: undefined }

describe('a ladder with its own limits for each end', () => {
  // DOMAIN.md, "Ladder with reset (Kapacitor)": info > 60 reset < 50, warn > 70 / < 60, crit > 80 / < 70.
  it('gives INFO WARNING WARNING CRITICAL INFO INFO OK on 61 73 64 85 62 56 47', () => {
    const rule = ruleWith([rung('blue'), rung('orange'), rung('red')])
    const state = newLadder(rule)
    const levels = [61, 73, 64, 85, 62, 56, 47].map((value, at) => {
      const verdicts = [
        { on: value > 60, off: value < 50 },
        { on: value > 70, off: value < 60 },
        { on: value > 80, off: value < 70 },
      ]
      moveLadder(rule, state, { at, verdicts })
      return levelInForce(rule, state)
    })
    expect(levels).toEqual(['blue', 'orange', 'orange', 'red', 'blue', 'blue', null])
  })
})

describe('delays', () => {
  it('raise when the condition has held for the whole delay, with the onset at its begin', () => {
    const rule = ruleWith([rung('yellow', 100)])
    const state = newLadder(rule)
    expect(moveLadder(rule, state, { at: 10, verdicts: [on] })).toBeUndefined()
    expect(nextDue(rule, state, 1000)).toBe(110)
    expect(moveLadder(rule, state, { at: 109, verdicts: [on] })).toBeUndefined()
    expect(moveLadder(rule, state, { at: 110, verdicts: [on] })).toEqual({
      kind: 'raised',
      level: 'yellow',
      at: 110,
      onset: 10,
    })
  })

  it('start over when the condition fails', () => {
    const rule = ruleWith([rung('yellow', 100)])
    const state = newLadder(rule)
    moveLadder(rule, state, { at: 0, verdicts: [on] })
    moveLadder(rule, state, { at: 50, verdicts: [off] })
    moveLadder(rule, state, { at: 60, verdicts: [on] })
    expect(moveLadder(rule, state, { at: 110, verdicts: [on] })).toBeUndefined()
    expect(moveLadder(rule, state, { at: 160, verdicts: [on] })?.onset).toBe(60)
  })

  it('neither run nor start over while the condition is unknown', () => {
    const rule = ruleWith([rung('yellow', 100)])
    const state = newLadder(rule)
    moveLadder(rule, state, { at: 0, verdicts: [on] })
    moveLadder(rule, state, { at: 60, verdicts: [unknown] })
    expect(nextDue(rule, state, 1000)).toBe(Number.POSITIVE_INFINITY)
    moveLadder(rule, state, { at: 500, verdicts: [on] })
    expect(moveLadder(rule, state, { at: 539, verdicts: [on] })).toBeUndefined()
    expect(moveLadder(rule, state, { at: 540, verdicts: [on] })).toMatchObject({ kind: 'raised', onset: 0 })
  })

  it('hold an alarm until its off-condition has held for the off-delay', () => {
    const rule = ruleWith([rung('yellow', 0, 100)])
    const state = newLadder(rule)
    moveLadder(rule, state, { at: 0, verdicts: [on] })
    moveLadder(rule, state, { at: 10, verdicts: [off] })
    moveLadder(rule, state, { at: 50, verdicts: [between] })
    moveLadder(rule, state, { at: 60, verdicts: [off] })
    expect(moveLadder(rule, state, { at: 159, verdicts: [off] })).toBeUndefined()
    expect(moveLadder(rule, state, { at: 160, verdicts: [off] })).toMatchObject({
      kind: 'cleared',
      level: null,
    })
  })

  it('do not end an alarm while its off-condition is unknown', () => {
    const rule = ruleWith([rung('yellow', 0, 100)])
    const state = newLadder(rule)
    moveLadder(rule, state, { at: 0, verdicts: [on] })
    moveLadder(rule, state, { at: 10, verdicts: [off] })
    moveLadder(rule, state, { at: 20, verdicts: [unknown] })
    expect(nextDue(rule, state, 1000)).toBe(Number.POSITIVE_INFINITY)
    expect(moveLadder(rule, state, { at: 900, verdicts: [unknown] })).toBeUndefined()
    expect(moveLadder(rule, state, { at: 950, verdicts: [off] })).toBeUndefined()
    expect(moveLadder(rule, state, { at: 1040, verdicts: [off] })).toMatchObject({ kind: 'cleared' })
  })
})

describe('missing readings', () => {
  it('keep an alarm that runs, and raise nothing', () => {
    const rule = ruleWith([rung('yellow')])
    const state = newLadder(rule)
    moveLadder(rule, state, { at: 0, verdicts: [on] })
    expect(setMissing(rule, state, { missing: true, at: 1000 })).toBeUndefined()
    moveLadder(rule, state, { at: 1000, verdicts: [unknown] })
    expect(levelInForce(rule, state)).toBe('yellow')
  })

  it('raise to the level that the rule gives them, never below the level in force', () => {
    const rule = ruleWith([rung('blue'), rung('red')], 'orange')
    const state = newLadder(rule)
    moveLadder(rule, state, { at: 0, verdicts: [on, off] })
    expect(setMissing(rule, state, { missing: true, at: 1000 })).toMatchObject({
      kind: 'escalated',
      level: 'orange',
    })
    expect(setMissing(rule, state, { missing: false, at: 2000 })).toMatchObject({
      kind: 'deescalated',
      level: 'blue',
    })
    moveLadder(rule, state, { at: 2000, verdicts: [on, on] })
    expect(setMissing(rule, state, { missing: true, at: 3000 })).toBeUndefined()
    expect(levelInForce(rule, state)).toBe('red')
  })
})
