import { Value } from 'typebox/value'
import { expect, it } from 'vitest'
import { TransitionNote } from './record.ts'

const trace = {
  ...{ cause: 'reading', values: { stage: 6.2 }, missing: false, outOfSeason: false, lastSample: 1 },
  ...{ conditions: [], quality: {}, ruleRevision: 'r1' },
}
const note = (changes: object = {}, at = 2): unknown => ({
  type: 'transition',
  transition: {
    ...{ type: 'transition', episode: '0123456789abcdef01234567', device: 'g1', site: 's', kind: 'raised' },
    rule: {
      id: 'high',
      revision: 'r1',
      name: { en: 'a', zh: 'b' },
      message: { en: 'a', zh: 'b' },
      notify: [],
      latch: false,
    },
    ...{ level: 'red', at, onset: 1, decidedAt: 2, retrospective: false, trace: { ...trace, ...changes } },
  },
})

it("a step's history is a list of steps with their times, or is not there", () => {
  expect(Value.Check(TransitionNote, note())).toBe(true)
  expect(Value.Check(TransitionNote, note({ history: [{ kind: 'raised', level: 'red', at: 1 }] }))).toBe(true)
  for (const history of [5, [null], [{}], [{ at: 'x' }]])
    expect(Value.Check(TransitionNote, note({ history }))).toBe(false)
})

it("a step's times are such as a date can be", () => {
  expect(Value.Check(TransitionNote, note({}, 2 ** 50))).toBe(true)
  expect(Value.Check(TransitionNote, note({}, 2 ** 50 + 1))).toBe(false)
})
