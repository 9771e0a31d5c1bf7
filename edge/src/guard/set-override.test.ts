import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Override } from '@picket/devices'
import { type Log, SteppedClock } from '@picket/devices/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Folders } from '../testing/test-gateway.ts'
import { overridesFile, watchOverrides } from './by-hand.ts'
import { setOverride, type Wish } from './set-override.ts'

const NOW = Date.UTC(2026, 10, 29)
const HOUR_MS = 3_600_000
const folders = new Folders()
let folder: string

beforeEach(() => {
  folder = folders.make()
})
afterEach(() => folders.remove())

const set = (wish: Partial<Wish>, now = NOW) =>
  setOverride(
    { output: 'siren', state: 'on', for: '1h', by: 'Li Na', reason: 'drill', ...wish },
    { folder, declared: ['siren', 'pump'], now },
  )
const written = (): Override[] => JSON.parse(readFileSync(overridesFile(folder), 'utf8'))

describe('an output that is switched by hand', () => {
  it('is what the guard then follows', () => {
    const clock = new SteppedClock(NOW)
    const told: (readonly Override[])[] = []
    const log = { error() {} } as unknown as Log
    const stop = watchOverrides(folder, { clock, log, tell: overrides => told.push(overrides) })
    set({})
    clock.advanceTo(NOW + 500)
    const override = { output: 'siren', on: true, until: NOW + HOUR_MS, by: 'Li Na', reason: 'drill' }
    expect(told.at(-1)).toEqual([override])
    set({ state: 'auto' })
    clock.advanceTo(NOW + 1000)
    expect(told.at(-1)).toEqual([])
    stop()
  })

  it('has one override; those of others stay, and those that have ended go', () => {
    set({ output: 'pump', for: '3h' })
    set({})
    set({ state: 'off', for: '90s' })
    expect(written().map(({ output, on }) => [output, on])).toEqual([
      ['pump', true],
      ['siren', false],
    ])
    set({ output: 'pump', for: '1h' }, NOW + HOUR_MS)
    expect(written().map(({ output }) => output)).toEqual(['pump'])
  })

  it('leaves one file, closed to others, and replaces one that cannot be read', () => {
    writeFileSync(overridesFile(folder), 'garbage')
    writeFileSync(join(folder, 'overrides.json.new'), 'what a power cut left')
    set({})
    expect(readdirSync(folder)).toEqual(['overrides.json'])
    expect(statSync(overridesFile(folder)).mode & 0o777).toBe(0o600)
    expect(written()).toHaveLength(1)
  })

  it.each<[string, Partial<Wish>, RegExp]>([
    ['an output that the file does not declare', { output: 'sirene' }, /no output sirene; .*siren, pump/],
    ['a state that is none', { state: 'maybe' }, /on, off or auto/],
    ['no time', { for: undefined }, /needs --for/],
    ['a time that is none', { for: 'soon' }, /--for soon/],
    ['a time without end', { for: '31d' }, /up to 30d/],
    ['no name', { by: undefined }, /--by/],
    ['an empty reason', { reason: '' }, /--reason 1 to 1000/],
    ['a very long reason', { reason: 'x'.repeat(1001) }, /--reason 1 to 1000/],
  ])('is refused with %s, and nothing is written', (_, wish, message) => {
    expect(() => set(wish)).toThrow(message)
    expect(readdirSync(folder)).toEqual([])
  })

  it('is refused where the gateway has never run', () => {
    folder = join(folder, 'nowhere')
    expect(() => set({})).toThrow(/has never run/)
  })
})
