import Sqlite from 'better-sqlite3'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AlarmFilter } from '../ports.ts'
import { SqliteAlarms } from './alarms.ts'
import { SCHEMA } from './schema.ts'

const database = new Sqlite(':memory:')
database.exec(SCHEMA)
const alarms = new SqliteAlarms(database)

function episode(id: string, device: string | null, onset: number, clearedAt: number | null): void {
  const step = {
    type: 'transition' as const,
    episode: id,
    rule: { id: 'high', revision: 'r', name: { en: 'n', zh: 'n' }, message: { en: 'm', zh: 'm' } } as never,
    device,
    site: 's',
    onset,
    decidedAt: onset,
    retrospective: false,
    trace: { values: {} } as never,
  }
  alarms.record({ ...step, kind: 'raised', level: 'red', at: onset + 5 })
  if (clearedAt !== null) alarms.record({ ...step, kind: 'cleared', level: null, at: clearedAt })
}
episode('early', 'a', 100, 200)
episode('long', 'b', 150, 400)
episode('runs', 'a', 300, null)
episode('site', null, 350, 360)

it.each<[string, Partial<AlarmFilter>, string[]]>([
  ['all, the newest first', {}, ['site', 'runs', 'long', 'early']],
  ['what was active in a span', { from: 200, to: 300 }, ['long', 'early']],
  ['what ended before it is left out', { from: 201, to: 301 }, ['runs', 'long']],
  ['what goes on belongs to every later span', { from: 9000 }, ['runs']],
  ['one device, by any of its ids', { devices: ['other', 'a'] }, ['runs', 'early']],
  ['a hostile id finds nothing', { devices: ["a') OR ('1'='1", '"]'] }, []],
  ['together', { devices: ['a'], from: 150, to: 300, state: 'cleared' }, ['early']],
  ['at most so many', { limit: 1 }, ['site']],
])('lists %s', (_, filter, wanted) => {
  expect(alarms.list({ limit: 10, ...filter }).map(({ id }) => id)).toEqual(wanted)
})

it('lists what a look at every episode finds, for any span, state and limit', () => {
  const of = {
    span: fc.record({ from: fc.nat(500), to: fc.nat(500) }, { requiredKeys: [] }),
    state: fc.constantFrom('active' as const, 'cleared' as const, undefined),
  }
  const everyone = alarms.list({ limit: 10 })
  fc.assert(
    fc.property(of.span, of.state, fc.integer({ min: 1, max: 5 }), ({ from, to }, state, limit) => {
      const wanted = everyone.filter(
        ({ onset, clearedAt }) =>
          (from === undefined || clearedAt === null || clearedAt >= from) &&
          (to === undefined || onset < to) &&
          (state === undefined || (state === 'active') === (clearedAt === null)),
      )
      const filter = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
      const found = alarms.list({ ...filter, ...(state && { state }), limit })
      expect(found).toEqual(wanted.slice(0, limit))
    }),
  )
})

it('counts the steps of a span, and the raises of what stood at its begin, as all steps together say', () => {
  const database = new Sqlite(':memory:')
  database.exec(SCHEMA)
  const alarms = new SqliteAlarms(database)
  const all: { episode: string; kind: 'raised' | 'escalated' | 'cleared'; decidedAt: number }[] = [
    { episode: 'over', kind: 'raised', decidedAt: 10 },
    { episode: 'stands', kind: 'raised', decidedAt: 20 },
    { episode: 'ends', kind: 'raised', decidedAt: 30 },
    { episode: 'over', kind: 'cleared', decidedAt: 40 },
    { episode: 'ends', kind: 'escalated', decidedAt: 60 },
    { episode: 'begins', kind: 'raised', decidedAt: 70 },
    { episode: 'ends', kind: 'cleared', decidedAt: 80 },
    { episode: 'begins', kind: 'cleared', decidedAt: 110 },
  ]
  for (const { kind, ...step } of all)
    alarms.record({
      ...{ type: 'transition', device: 'd', site: 's', onset: 0, at: step.decidedAt, retrospective: false },
      rule: { id: 'high', revision: 'r', name: { en: 'n', zh: 'n' }, message: { en: 'm', zh: 'm' } } as never,
      ...{ ...step, kind, level: kind === 'cleared' ? null : 'red', trace: { values: {} } as never },
    })
  const span = { from: 50, to: 100 }
  const told = alarms.steps({ ...span, most: 5 })?.map(one => `${one.episode} ${one.kind} ${one.decidedAt}`)
  expect(told?.slice(0, 2).sort()).toEqual(['ends raised 30', 'stands raised 20'])
  expect(told?.slice(2)).toEqual(['ends escalated 60', 'begins raised 70', 'ends cleared 80'])
  expect(alarms.steps({ ...span, most: 2 })).toBeUndefined()
})
