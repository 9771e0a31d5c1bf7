import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Guarded, packOf } from './testing/guarded.ts'

const folders: string[] = []
let one: Guarded

const begin = (): Guarded => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-guard-'))
  folders.push(folder)
  return new Guarded(folder)
}
const kinds = ({ steps }: Guarded): string[] => steps.map(({ kind, level }) => `${kind} ${level}`)

beforeEach(() => {
  one = begin()
})
afterEach(() => {
  one.kill()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

describe('a guard', () => {
  it('judges nothing before the cloud has said what', () => {
    one.say(50)
    expect(one.guard.reported).toMatchObject({ revision: null, rules: [] })
    expect(one.steps).toEqual([])
  })

  it('raises an alarm without a link, switches, and hands its steps to the outbox with the readings', async () => {
    one.desired()
    for (const v of [11, 11, 11]) one.say(v)
    await one.guard.idle()
    expect(kinds(one)).toEqual(['raised orange'])
    expect(one.steps[0]?.rule).not.toHaveProperty('features')
    expect(one.steps[0]).toMatchObject({ device: 'wall', rule: { id: 'wall-moves', notify: ['duty'] } })
    expect(one.siren.told.at(-1)).toBe(true)
    for (const v of [8, 8]) one.say(v)
    await one.guard.idle()
    expect(kinds(one)).toEqual(['raised orange', 'cleared null'])
    expect(one.siren.told.at(-1)).toBe(false)
  })

  it('knows a device by its identifiers and by ids that it had, and goes on when it or its site is renamed', () => {
    const identifiers = [{ scheme: 'imei', value: '861234567890123' }]
    one.desired({
      devices: [{ id: 'wall', identifiers, model: 'crack-meter', site: 'slope', gateways: ['gw'] }],
    })
    for (const name of ['861234567890123', 'imei:861234567890123', '861234567890123']) one.say(11, name)
    one.desired({
      revision: 2,
      sites: [{ id: 'north', formerly: ['slope'], name: { en: 'North', zh: '北坡' } }],
      devices: [
        {
          id: 'rock',
          formerly: ['wall'],
          identifiers,
          model: 'crack-meter',
          site: 'north',
          gateways: ['gw'],
        },
      ],
    })
    one.say(8, 'wall')
    expect(one.steps.map(({ kind, device, site }) => [kind, device, site])).toEqual([
      ['raised', 'wall', 'slope'],
      ['cleared', 'rock', 'north'],
    ])
    expect(new Set(one.steps.map(({ episode }) => episode)).size).toBe(1)
  })

  it('goes on after a kill as if there had been none, and tells nothing twice', async () => {
    const values = [9, 11, 11, 11, 12, 8, 9, 11, 11, 11]
    const straight = begin()
    for (const guarded of [one, straight]) guarded.desired()
    for (const [at, v] of values.entries()) {
      one.say(v)
      straight.say(v)
      if (at % 2 === 1) continue
      one.kill()
      one.start()
    }
    expect(one.steps.map(({ kind, at, onset }) => [kind, at, onset])).toEqual(
      straight.steps.map(({ kind, at, onset }) => [kind, at, onset]),
    )
    expect(kinds(one)).toEqual(['raised orange', 'cleared null', 'raised orange'])
    straight.kill()
  })

  it('takes the same steps wherever it is killed or its disk fails', () => {
    const step = fc.record({
      v: fc.constantFrom(8, 9.5, 10.5, 12),
      then: fc.constantFrom('nothing', 'kill', 'disk'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), steps => {
        const [tried, straight] = [begin(), begin()]
        for (const guarded of [tried, straight]) guarded.desired()
        for (const { v, then } of steps) {
          straight.say(v)
          tried.diskFails = then === 'disk'
          tried.say(v)
          tried.diskFails = false
          // A sensor that got no acknowledgement sends again.
          if (then === 'disk') tried.commit([tried.reading(v)])
          if (then !== 'kill') continue
          tried.kill()
          tried.start()
        }
        const told = (guarded: Guarded) => guarded.steps.map(({ kind, at, onset }) => [kind, at, onset])
        expect(told(tried)).toEqual(told(straight))
        tried.kill()
        straight.kill()
      }),
      { numRuns: 12 },
    )
  })

  it('switches although the disk takes nothing, and tells of the alarm when it does again', async () => {
    one.desired()
    one.diskFails = true
    for (const v of [11, 11, 11]) expect(one.say(v)).toBe(false)
    await one.guard.idle()
    expect(one.siren.told.at(-1)).toBe(true)
    expect(one.steps).toEqual([])
    one.diskFails = false
    one.say(11)
    expect(kinds(one)).toEqual(['raised orange'])
  })

  it('keeps the old rules when new ones do not load, says why, and takes the next that do', () => {
    one.desired()
    one.desired({ revision: 2, packs: [{ file: 'bad.yaml', text: packOf(10).replace('siren', 'hooter') }] })
    expect(one.guard.reported).toMatchObject({
      revision: 1,
      refused: {
        revision: 2,
        faults: ['rule wall-moves: this gateway\'s file declares no output "hooter" (it has: siren)'],
      },
    })
    one.kill()
    one.start()
    expect(one.guard.reported.revision).toBe(1)
    one.desired({ revision: 3, packs: [{ file: 'wall.yaml', text: packOf(20) }] })
    expect(one.guard.reported).toMatchObject({ revision: 3, rules: ['wall-moves'] })
    for (const v of [11, 11, 11, 11]) one.say(v)
    expect(one.steps).toEqual([])
  })

  it('switches nothing for the time that its machine slept, which is of the past', async () => {
    const silence = packOf(100).replace(
      '    runs: gateway',
      '    missing: { after: 1h, then: orange }\n    runs: gateway',
    )
    one.desired({ packs: [{ file: 'wall.yaml', text: silence }] })
    one.say(5)
    one.clock.jump(7_200_000)
    one.clock.advanceTo(one.clock.now() + 30_000)
    one.commit([one.reading(5)])
    one.say(5)
    await one.guard.idle()
    expect(one.steps.map(({ kind, retrospective }) => [kind, retrospective])).toEqual([
      ['raised', true],
      ['cleared', true],
    ])
    expect(one.siren.told).toEqual([false])
  })

  it('starts although what another version kept cannot be read', () => {
    one.desired()
    one.say(5)
    one.outbox.keep('guard.desired', Buffer.from('{"packs":7}'))
    one.kill()
    one.start()
    expect(one.guard.reported.revision).toBeNull()
    one.desired()
    one.say(5)
    const kept = JSON.parse((one.outbox.kept('guard.state') as Buffer).toString())
    one.outbox.keep('guard.state', Buffer.from(JSON.stringify({ ...kept, judge: 'AAAA' })))
    one.kill()
    one.start()
    for (const v of [11, 11, 11]) one.say(v)
    expect(kinds(one)).toEqual(['raised orange'])
  })

  it('refuses what has expired, and what is older than what it runs', () => {
    one.desired({ revision: 5 })
    one.desired({ revision: 4, packs: [] })
    one.desired({ revision: 6, packs: [], expiresAt: one.clock.now() })
    expect(one.guard.reported).toMatchObject({ revision: 5, rules: ['wall-moves'] })
  })

  it('follows an override from the cloud until its end', async () => {
    const override = { output: 'siren', on: true, until: one.clock.now() + 90_000, by: 'li', reason: 'drill' }
    one.desired({ overrides: [override] })
    await one.guard.idle()
    expect(one.siren.told.at(-1)).toBe(true)
    one.clock.advanceTo(override.until)
    await one.guard.idle()
    expect(one.siren.told.at(-1)).toBe(false)
  })
})
