import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Quarantine, readQuarantine } from './quarantine.ts'
import { refusedText } from './refused-command.ts'

describe('refused messages', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'picket-refused-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const add = (quarantine: Quarantine, number: number, source = 'a', bytes = Buffer.of(number)): void =>
    quarantine.add({ at: number, source, reason: `json: ${number}`, bytes })
  const times = (): number[] => readQuarantine(folder).map(({ at }) => at)

  it('are kept with their bytes over a restart', () => {
    const quarantine = new Quarantine(folder)
    add(quarantine, 1, 'a', Buffer.from([0, 255, 128]))
    quarantine.save()
    add(quarantine, 2)
    const next = new Quarantine(folder)
    add(next, 3)
    next.save()
    expect(times()).toEqual([1, 3])
    expect(readQuarantine(folder)[0]).toEqual({
      at: 1,
      source: 'a',
      reason: 'json: 1',
      length: 3,
      bytes: 'AP+A',
    })
  })

  it('of one kind leave room for others', () => {
    const quarantine = new Quarantine(folder)
    add(quarantine, 0, 'b')
    for (let number = 1; number <= 100; number++) add(quarantine, number)
    quarantine.save()
    expect(times()).toEqual([0, 93, 94, 95, 96, 97, 98, 99, 100])
  })

  it('take no more room than they may, and are cut', () => {
    const quarantine = new Quarantine(folder)
    for (let number = 0; number < 500; number++) add(quarantine, number, `s${number}`, Buffer.alloc(100_000))
    quarantine.save()
    const kept = readQuarantine(folder)
    expect(kept.at(-1)).toMatchObject({ at: 499, length: 100_000 })
    expect(Buffer.from(kept.at(-1)?.bytes ?? '', 'base64')).toHaveLength(4096)
    expect(kept.length).toBeGreaterThan(40)
    expect(statSync(join(folder, 'refused.json')).size).toBeLessThan(300_000)
  })

  it('begin anew where the file cannot be read', () => {
    writeFileSync(join(folder, 'refused.json'), '{"refused":[{')
    const quarantine = new Quarantine(folder)
    add(quarantine, 1)
    quarantine.save()
    expect(times()).toEqual([1])
  })

  it('are shown to people and to programs', () => {
    const file = join(folder, 'gateway.yaml')
    writeFileSync(file, 'id: g\ndata: .\ncloud: { passwordFile: ./password }\n')
    expect(refusedText(file, { json: false })).toBe('nothing was refused')
    const quarantine = new Quarantine(folder)
    add(quarantine, 1, 'mqtt x', Buffer.from('{"v": oops}'))
    add(quarantine, 2, 'mqtt x', Buffer.of(0, 1))
    quarantine.save()
    expect(refusedText(file, { json: false }).split('\n')).toEqual([
      '1970-01-01T00:00:00.001Z  mqtt x  json: 1  (11 bytes)',
      '    {"v": oops}',
      '1970-01-01T00:00:00.002Z  mqtt x  json: 2  (2 bytes)',
      '    hex 0001',
    ])
    expect(JSON.parse(refusedText(file, { json: true }).split('\n')[1] ?? '')).toMatchObject({
      bytes: 'AAE=',
    })
  })
})
