// Frames whose check sums were recomputed, and what they say: ../shared/vectors, beside a checkout.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Mark } from '../reading.ts'
import type { Codec, Decoded } from './codec.ts'
import { dlt645 } from './dlt645/dlt645.ts'
import { geohazardJson } from './geohazard-json/geohazard-json.ts'
import { createHj212 } from './hj212/hj212.ts'
import { createIec104 } from './iec104/iec104.ts'
import { lwm2mTlv } from './lwm2m-tlv/lwm2m-tlv.ts'
import { createModbusRtu, createModbusTcp } from './modbus/modbus.ts'
import { senmlCbor } from './senml/senml.ts'
import { createSl651 } from './sl651/sl651.ts'
import { szy206 } from './szy206/szy206.ts'

const folder = fileURLToPath(new URL('../../../../shared/vectors/', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.warn(`vectors: no ${folder}, so their test is skipped`)

interface Vector {
  frame: string
  notes: string
}

/** The lines of a file by the heading above them. */
function sectionsOf(file: string): Map<string, Vector[]> {
  const sections = new Map<string, Vector[]>()
  let vectors: Vector[] = []
  const begin = (heading: string): void => {
    vectors = []
    sections.set(heading, vectors)
  }
  for (const line of readFileSync(folder + file, 'utf8').split('\n')) {
    if (line.startsWith('# ')) begin(line.slice(2))
    else if (line.trim() !== '') {
      const at = line.indexOf(' | ')
      vectors.push({ frame: line.slice(0, at).trim(), notes: line.slice(at + 3) })
    }
  }
  return sections
}

const decode = (codec: Codec, frame: string): Decoded =>
  codec.decode(/^[0-9A-Fa-f]+$/.test(frame) ? Buffer.from(frame, 'hex') : Buffer.from(frame), {
    topic: 'vectors',
    arrivalMs: Date.UTC(2026, 6, 1),
  })

describe.runIf(isThere)('the shared vectors of SL 651-2014', () => {
  const QUANTITIES = { P: 'rain_current', PT: 'rain_total', Z: 'level', V: 'battery' } as const
  const FUNCTIONS: Record<string, string> = {
    30: 'test report',
    32: 'timed report',
    34: 'hourly report',
    37: 'query current data',
    '3A': 'query elements',
    42: 'set running parameters',
    43: 'read running parameters',
    46: 'query status and alarms',
    48: 'restore factory settings',
    49: 'change password',
    51: 'query clock',
  }
  const vectors = isThere ? [...sectionsOf('sl651.txt').values()].flat() : []

  it('are all there', () => expect(vectors).toHaveLength(18))

  it.each(vectors)('$notes', ({ frame, notes }) => {
    const { readings, facts, faults } = decode(createSl651(), frame)
    if (notes.startsWith('CRC_BAD')) {
      expect({ readings, faults }).toMatchObject({ readings: [], faults: [{ code: 'sl651-check-sum' }] })
      return
    }
    expect(faults).toEqual([])
    const code = /func (\w\w)/.exec(notes)?.[1] as string
    expect(facts[0]).toMatchObject({ name: 'function', value: FUNCTIONS[code] })
    for (const [, name, value] of notes.matchAll(/\b(PT?|Z|V)=([\d.]+)/g))
      expect(
        readings.filter(({ quantity }) => quantity === QUANTITIES[name as 'P']).map(({ v }) => v),
      ).toEqual([Number(value)])
    if (notes.includes('(missing)'))
      expect(facts).toContainEqual(expect.objectContaining({ name: 'level', value: 'missing' }))
  })
})

describe.runIf(isThere)('the shared vectors of other protocols', () => {
  const sections = isThere ? sectionsOf('other.txt') : new Map<string, Vector[]>()

  it('are all read by a test below', () => {
    expect([...sections.keys()].slice(1)).toEqual([
      'SZY206-2016',
      'DL/T 645-2007',
      'HJ 212',
      'IEC 60870-5-104',
      'Modbus',
      'LwM2M TLV',
      'SenML-CBOR',
      'DZ/T geohazard JSON',
    ])
  })

  it.each(sections.get('SZY206-2016') ?? [])('SZY 206: $notes', ({ frame }) => {
    const { readings, faults } = decode(szy206, frame)
    expect(faults).toEqual([])
    expect(readings.length).toBeGreaterThan(0)
  })

  it.each(sections.get('HJ 212') ?? [])('HJ 212: $notes', ({ frame, notes }) => {
    const { readings, facts, faults } = decode(createHj212(), frame)
    const [, expected] = /computed (\w{4})/.exec(notes) ?? []
    if (expected)
      expect({ readings, faults }).toMatchObject({
        readings: [],
        faults: [{ code: 'hj212-check-sum', expected }],
      })
    else expect({ facts, faults }).toMatchObject({ facts: [{ name: 'function' }, {}, {}], faults: [] })
  })

  it.each(sections.get('DL/T 645-2007') ?? [])('DL/T 645: $notes', ({ frame, notes }) => {
    const { readings, facts, faults } = decode(dlt645, frame)
    const [, meter] = /meter (\d{12})/.exec(notes) ?? []
    const [, value] = /([\d.]+) (?:kWh|A)\b/.exec(notes) ?? []
    if (value === undefined) expect(readings).toEqual([])
    else expect(readings).toMatchObject([{ ...(meter ? { device: meter } : {}), v: Number(value) }])
    if (notes.includes('read request'))
      expect(facts).toMatchObject([{ device: meter, value: 'read data' }, {}])
    if (notes.includes('address byte')) expect(faults).toMatchObject([{ code: 'dlt645-address' }])
    else if (notes.includes('value nibble')) expect(faults).toMatchObject([{ code: 'dlt645-digits' }])
    else expect(faults).toEqual([])
  })

  it.each(sections.get('SenML-CBOR') ?? [])('SenML: $notes', ({ frame, notes }) => {
    const { readings, facts, faults } = decode(senmlCbor, frame)
    expect(faults).toEqual([])
    const [, data] = /h'(\w+)'/.exec(notes) ?? []
    const [, value] = /2: ([\d.]+)/.exec(notes) ?? []
    const [, name] = /-2:\s*"\/([^"]+)"/.exec(notes) as unknown as [string, string]
    const device = 'vectors'
    const quantity = name.replaceAll('/', '.')
    if (data)
      expect({ readings, facts }).toEqual({ readings: [], facts: [{ device, name: quantity, value: data }] })
    else expect(readings).toMatchObject([{ device, quantity, v: Number(value) }])
  })

  it.each(sections.get('DZ/T geohazard JSON') ?? [])('DZ/T: $notes', ({ frame, notes }) => {
    const { readings, faults } = decode(geohazardJson, frame)
    const [, value] = / ([\d.]+)/.exec(notes) ?? []
    const isOfArrival = notes.includes('arrival')
    expect(faults).toEqual([])
    expect(readings).toMatchObject([{ v: Number(value) }])
    expect((readings[0]?.q ?? 0) & Mark.ARRIVAL_TIME).toBe(isOfArrival ? Mark.ARRIVAL_TIME : 0)
  })

  it.each(sections.get('IEC 60870-5-104') ?? [])('IEC 104: $notes', ({ frame, notes }) => {
    const { readings, facts, faults } = decode(createIec104(), frame)
    expect(faults).toEqual([])
    const [, station, address, value, time] = /CA (\d+), IOA (\d+), ([\d.]+), (.*)/.exec(notes) ?? []
    const several = [...notes.matchAll(/\b(\d{5})=(\d+)/g)]
    const [, sent] = /N\(S\) = (\d+)/.exec(notes) ?? []
    const [, received] = /N\(R\) = (\d+)/.exec(notes) ?? []
    if (value)
      expect(readings).toMatchObject([
        {
          device: `station-${station}`,
          quantity: `ioa_${address}`,
          v: Math.fround(Number(value)),
          t: Date.parse(`${time}+08:00`),
        },
      ])
    else
      expect(readings.map(({ quantity, v }) => `${quantity}=${v}`)).toEqual(
        several.map(([pair]) => `ioa_${pair}`),
      )
    if (sent) expect(facts).toContainEqual(expect.objectContaining({ name: 'sent', value: Number(sent) }))
    if (received) expect(facts).toMatchObject([{ name: 'received', value: Number(received) }])
    if (notes.startsWith('STARTDT')) expect(facts).toMatchObject([{ name: 'function', value: notes }])
  })

  it.each(sections.get('LwM2M TLV') ?? [])('LwM2M: $notes', ({ frame, notes }) => {
    const { readings, facts, faults } = lwm2mTlv.decode(Buffer.from(frame, 'hex'), {
      topic: 'vectors/3/0',
      arrivalMs: Date.UTC(2026, 6, 1),
    })
    if (notes === 'must fail')
      expect({ readings, isFaulty: faults.length > 0 }).toEqual({ readings: [], isFaulty: true })
    else {
      expect(faults).toEqual([])
      expect(facts[0]).toMatchObject({ name: 'manufacturer', value: 'Open Mobile Alliance' })
      expect(readings).toHaveLength(5)
    }
  })

  it.each(sections.get('Modbus') ?? [])('Modbus: $notes', ({ frame, notes }) => {
    const codec = notes.startsWith('TCP') ? createModbusTcp() : createModbusRtu()
    const { facts, faults } = decode(codec, frame)
    expect(faults).toEqual([])
    expect(facts[0]).toEqual({ device: 'unit-17', name: 'function', value: 'read holding registers' })
    const reply = { device: 'unit-17', name: 'holdings', value: '008D008E' }
    const error = { device: 'unit-17', name: 'error', value: 'illegal data address' }
    const request = { device: 'unit-17', name: 'request', value: 'holding 124..125' }
    expect(facts[1]).toEqual(
      notes.includes('reply') ? reply : notes.includes('exception 2') ? error : request,
    )
  })
})
