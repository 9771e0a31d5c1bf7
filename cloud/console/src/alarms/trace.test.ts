import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readTrace } from './trace.ts'

const condition = {
  level: 'red',
  when: 'speed > 10.0',
  on: true,
  until: null,
  off: null,
  since: 5,
  forMs: 300_000,
  clearingSince: null,
  clearForMs: 0,
}

test('a whole trace is read, unknown inputs as null', () => {
  const trace = readTrace({
    cause: 'timer',
    values: { speed: 14.2, tilt: null },
    conditions: [condition],
    missing: false,
    outOfSeason: false,
    inputs: {},
    lastSample: 7,
    quality: { displacement: 3 },
    ruleRevision: 'a1b2',
    note: 'on my way',
  })
  expect(trace).toEqual({
    cause: 'timer',
    values: [
      ['speed', 14.2],
      ['tilt', null],
    ],
    conditions: [condition],
    missing: false,
    outOfSeason: false,
    inputs: {},
    lastSample: 7,
    quality: [['displacement', 3]],
    ruleRevision: 'a1b2',
    note: 'on my way',
  })
})

test('parts that are missing or of another shape are left out', () => {
  const trace = readTrace({
    ruleRevision: 'a1',
    values: [1],
    conditions: [{ level: 'purple', when: 'x' }, null],
    quality: { a: 'bad' },
  })
  expect(trace).toMatchObject({ values: [], conditions: [], quality: [], lastSample: null, cause: undefined })
})

test('nothing at all is no trace', () => {
  for (const nothing of [null, undefined, {}, [], 'text', 3]) expect(readTrace(nothing)).toBeUndefined()
})

test('no stored value makes it throw', () => {
  fc.assert(
    fc.property(
      fc.object({ maxDepth: 3, key: fc.constantFrom('values', 'conditions', 'quality', 'when') }),
      stored => {
        readTrace(stored)
      },
    ),
  )
})
