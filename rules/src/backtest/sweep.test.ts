import { describe, expect, it } from 'vitest'
import { sweepText } from './backtest-text.ts'
import { findSwept, readSweepTarget, sweep } from './sweep.ts'
import { drawSweep } from './sweep-picture.ts'
import { at, devices, highAbove, historyOf } from './test-wall.ts'

const rules = highAbove(5)

function sweepOf(text: string, labels?: { begin: number; end: number }[]) {
  const read = readSweepTarget(text)
  if (!read.ok) throw new Error(read.fault.message)
  const found = findSwept(rules, read.target)
  if (!found.ok) throw new Error(found.fault.message)
  const history = historyOf({ a: [0, 3, 0, 6, 0, 9, 0], b: [0, 0, 0, 0, 0, 9, 0] })
  return sweep({
    ...found,
    target: read.target,
    history,
    devices,
    sites: [],
    from: at(0),
    to: at(10),
    labels,
  })
}

describe('a sweep', () => {
  it('tries each value at every device, whatever values of their own they have', () => {
    const { points, present, unit } = sweepOf('high.limit=2..8/3')
    expect(points.map(({ value, episodes }) => [value, episodes])).toEqual([
      [2, 4],
      [5, 3],
      [8, 2],
    ])
    expect([present, unit]).toEqual([5, 'm'])
  })

  it('weighs hits against false alarms', () => {
    const { points } = sweepOf('high.limit=2..8/3', [{ begin: at(5), end: at(6) }])
    expect(points.map(({ score }) => [score?.hits, score?.falseAlarms])).toEqual([
      [1, 2],
      [1, 1],
      [1, 0],
    ])
    expect(sweepText(sweepOf('high.limit=2..8/3', [{ begin: at(5), end: at(6) }]))).toMatch(
      /^2 +4 +\S+ +1 +0 +2 +0s$/m,
    )
  })

  it('is drawn with a point for each value and a mark at the present one', () => {
    const picture = drawSweep(sweepOf('high.limit=2..8/7', [{ begin: at(5), end: at(6) }]))
    expect(picture.match(/<circle/g)).toHaveLength(14)
    expect(picture.match(/stroke-dasharray/g)).toHaveLength(2)
    expect(picture).toContain('limit (m); dashed: 5, the value in the pack')
    expect(picture).not.toMatch(/NaN|undefined|Infinity/)
  })

  it.each(['limit=1..2', 'high.limit=2..1', 'high.limit=1..', 'high.limit=1..2/1', 'high.limit=1..2/5000'])(
    '%s is refused',
    text => {
      expect(readSweepTarget(text)).toMatchObject({ ok: false, fault: { code: 'sweep-target' } })
    },
  )

  it.each([
    ['hih.limit=1..2', 'there is no rule "hih"'],
    ['high.limt=1..2', 'has no parameter "limt"'],
    ['high.limit=1..200', 'limit may be 0 to 99 m'],
  ])('%s is refused by the rules', (text, wanted) => {
    const read = readSweepTarget(text)
    const found = read.ok ? findSwept(rules, read.target) : read
    expect(found.ok ? '' : found.fault.message).toContain(wanted)
  })
})
