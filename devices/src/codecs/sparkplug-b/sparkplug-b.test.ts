import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Mark, Quality } from '../../reading.ts'
import { codecContract } from '../codec.contract.ts'
import type { Codec, Field } from '../codec.ts'
import { Births } from './births.ts'
import { createSparkplugB } from './sparkplug-b.ts'

const T = Date.UTC(2026, 10, 24)
const bytesOf = (message: unknown): Uint8Array => {
  const encoded = createSparkplugB().encode?.(message)
  if (!encoded?.ok) throw new Error(JSON.stringify(encoded))
  return encoded.bytes
}
const NODE = 'spBv1.0/dam'
const NBIRTH = bytesOf({
  timestamp: T,
  seq: 0,
  metrics: [
    { name: 'bdSeq', type: 'Int64', value: 7 },
    { name: 'Node Control/Rebirth', type: 'Boolean', value: false },
    { name: 'Inputs/Level', alias: 1, timestamp: T, type: 'Double', value: 12.5 },
    { name: 'Inputs/Tilt', alias: 2, timestamp: T, type: 'Int16', value: -3 },
  ],
})
/** A codec that hears messages one after the other. */
function listener(codec: Codec = createSparkplugB()) {
  return (type: string, message: unknown, device = '') =>
    codec.decode(message instanceof Uint8Array ? message : bytesOf(message), {
      topic: `${NODE}/${type}/edge-1${device && `/${device}`}`,
      arrivalMs: T + 5,
    })
}
const data = (seq: number, ...metrics: object[]) => ({ timestamp: T + 1000, seq, metrics })

describe('Sparkplug B', () => {
  it('reads the payload of the specification, byte by byte', () => {
    // timestamp 1, metrics { name "a", datatype 10, double 1.5 }, seq 3; written by hand from sparkplug_b.proto.
    const codec = createSparkplugB()
    const hex = '08808092F3D433' + '120E' + '0A0161' + '200A' + '69000000000000F83F' + '1803'
    const fields: Field[] = []
    const decoded = codec.decode(
      Buffer.from(hex, 'hex'),
      { topic: `${NODE}/NDATA/edge-1`, arrivalMs: T },
      fields,
    )
    expect(decoded.faults).toEqual([])
    expect(decoded.readings).toMatchObject([{ device: 'dam.edge-1', quantity: 'a', v: 1.5 }])
    expect(fields).toMatchObject([{ name: 'metric', offset: 9, lengthBytes: 14, meaning: 'a = 1.5, Double' }])
  })

  it('reads a birth: names, signs, and what is no measurement', () => {
    const { readings, facts, faults } = listener()('NBIRTH', NBIRTH)
    expect(faults).toEqual([])
    expect(readings).toEqual([
      { device: 'dam.edge-1', quantity: 'Inputs.Level', t: T, v: 12.5, q: Quality.NOT_EVALUATED },
      { device: 'dam.edge-1', quantity: 'Inputs.Tilt', t: T, v: -3, q: Quality.NOT_EVALUATED },
    ])
    expect(facts.map(({ name, value }) => [name, value])).toEqual([
      ['function', 'NBIRTH'],
      ['state', 'online'],
      ['bdSeq', 7],
      ['Node Control.Rebirth', 0],
    ])
  })

  it('reads data by the aliases of the birth, also of devices behind the node', () => {
    const hear = listener()
    hear('NBIRTH', NBIRTH)
    hear('DBIRTH', data(1, { name: 'Rain', alias: 9, type: 'Float', value: 0 }), 'gauge')
    expect(hear('NDATA', data(2, { alias: 2, type: 'Int16', value: -4 })).readings).toMatchObject([
      { device: 'dam.edge-1', quantity: 'Inputs.Tilt', v: -4, t: T + 1000 },
    ])
    expect(hear('DDATA', data(3, { alias: 9, type: 'Float', value: 0.5 }), 'gauge')).toMatchObject({
      readings: [{ device: 'dam.edge-1.gauge', quantity: 'Rain', v: 0.5 }],
      faults: [],
    })
  })

  it('takes the type from the birth where the data leave it out', () => {
    const hear = listener()
    hear('NBIRTH', NBIRTH)
    // metrics { alias 2, int_value 65533 }: -3 of an Int16.
    const hex = '12081002' + '50FDFFFFFF0F'
    expect(hear('NDATA', Buffer.from(hex, 'hex')).readings).toMatchObject([
      { quantity: 'Inputs.Tilt', v: -3, t: T + 5 },
    ])
    expect(listener()('NDATA', Buffer.from('12070A0161' + '50FDFF03', 'hex'))).toMatchObject({
      readings: [],
      faults: [{ code: 'sparkplug-b-birth' }],
    })
  })

  it('keeps what is historical at its own time, and takes none without', () => {
    const hear = listener()
    hear('NBIRTH', NBIRTH)
    const old = { alias: 1, type: 'Double', value: 3, timestamp: T - 3_600_000, historical: true }
    const { readings, facts } = hear('NDATA', data(1, old))
    expect(readings).toMatchObject([{ t: T - 3_600_000, v: 3, q: Quality.NOT_EVALUATED }])
    expect(facts).toContainEqual({ device: 'dam.edge-1', name: 'historical', value: 1, t: T + 1000 })
    const timeless = { seq: 2, metrics: [{ alias: 1, type: 'Double', value: 3, historical: true }] }
    expect(hear('NDATA', timeless)).toMatchObject({ readings: [], faults: [{ code: 'sparkplug-b-time' }] })
    expect(
      hear('NDATA', { seq: 3, metrics: [{ alias: 1, type: 'Double', value: 3 }] }).readings,
    ).toMatchObject([{ t: T + 5, q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME }])
  })

  it('tells what is missing in the sequence, over its turn at 255, and takes the data', () => {
    const hear = listener()
    hear('NBIRTH', NBIRTH)
    const level = { alias: 1, type: 'Double', value: 1 }
    for (let seq = 1; seq < 256; seq++)
      expect(JSON.stringify(hear('NDATA', data(seq, level)))).not.toContain('gap')
    expect(JSON.stringify(hear('NDATA', data(0, level)))).not.toContain('gap')
    const { readings, facts } = hear('NDATA', data(4, level))
    expect(readings).toHaveLength(1)
    expect(facts).toContainEqual({
      device: 'dam.edge-1',
      name: 'sequence_gap',
      value: '1 was due, 4 came',
      t: T + 1000,
    })
  })

  it('forgets a node with its death, but for the death of an earlier session', () => {
    const hear = listener()
    const death = (session: number) => ({ metrics: [{ name: 'bdSeq', type: 'Int64', value: session }] })
    const level = data(1, { alias: 1, type: 'Double', value: 1 })
    hear('NBIRTH', NBIRTH)
    expect(hear('NDEATH', death(6)).facts).toContainEqual({
      device: 'dam.edge-1',
      name: 'state',
      value: 'death of an earlier session',
    })
    expect(hear('NDATA', level).readings).toHaveLength(1)
    expect(hear('NDEATH', death(7)).facts).toContainEqual({
      device: 'dam.edge-1',
      name: 'state',
      value: 'offline',
    })
    expect(hear('NDATA', level)).toMatchObject({
      readings: [],
      faults: [{ code: 'sparkplug-b-birth', message: 'alias 1 is of no birth' }],
    })
  })

  it('forgets a device with its death', () => {
    const hear = listener()
    hear('NBIRTH', NBIRTH)
    hear('DBIRTH', data(1, { name: 'Rain', alias: 9, type: 'Float', value: 0 }), 'gauge')
    expect(hear('DDEATH', data(2), 'gauge').facts).toContainEqual({
      device: 'dam.edge-1.gauge',
      name: 'state',
      value: 'offline',
      t: T + 1000,
    })
    expect(hear('DDATA', data(3, { alias: 9, type: 'Float', value: 1 }), 'gauge').faults).toHaveLength(1)
    expect(hear('NDATA', data(4, { alias: 1, type: 'Double', value: 1 })).readings).toHaveLength(1)
  })

  it('keeps what is null, text and commands as facts', () => {
    const hear = listener()
    hear('NBIRTH', NBIRTH)
    const { readings, facts } = hear(
      'NDATA',
      data(1, { alias: 1, type: 'Double', value: null }, { name: 'note', type: 'String', value: 'ice' }),
    )
    expect(readings).toEqual([])
    expect(facts.slice(1).map(({ name, value }) => [name, value])).toEqual([
      ['Inputs.Level', 'missing'],
      ['note', 'ice'],
    ])
    expect(hear('NCMD', { rebirth: true, timestamp: T })).toMatchObject({
      readings: [],
      facts: [{ value: 'NCMD' }, { name: 'Node Control.Rebirth', value: 1 }],
    })
  })

  it('takes the quality that a metric says', () => {
    // metrics { name "a", datatype 10, properties { keys "Quality", values { type 3, int_value 0 } }, double 1.5 }
    const properties = '4A0F' + '0A075175616C697479' + '120408031800'
    const hex = `121F0A0161200A${properties}69000000000000F83F`
    expect(listener()('NDATA', Buffer.from(hex, 'hex')).readings).toMatchObject([
      { v: 1.5, q: Quality.FAIL | Mark.ARRIVAL_TIME },
    ])
  })

  it('reads whether a host is there', () => {
    const codec = createSparkplugB()
    const hear = (text: string) =>
      codec.decode(Buffer.from(text), { topic: 'spBv1.0/STATE/scada', arrivalMs: T })
    expect(hear(`{"online":false,"timestamp":${T}}`).facts).toEqual([
      { device: 'scada', name: 'state', value: 'offline', t: T },
    ])
    expect(hear('OFFLINE').faults).toMatchObject([{ code: 'sparkplug-b-state' }])
  })

  it.each([
    'spBv1.0/dam/NDATA',
    'spBv1.0/dam/NDATA/e/d',
    'spBv1.0/dam/DDATA/e',
    'spAv1.0/dam/NDATA/e',
    'spBv1.0/dam/XDATA/e',
    '',
  ])('is refused on the topic "%s"', topic => {
    expect(createSparkplugB().decode(NBIRTH, { topic, arrivalMs: T })).toMatchObject({
      readings: [],
      faults: [{ code: 'sparkplug-b-topic' }],
    })
  })

  it('keeps nothing of a birth that is cut off', () => {
    const hear = listener()
    expect(hear('NBIRTH', NBIRTH.subarray(0, NBIRTH.length - 4)).faults).toMatchObject([
      { code: 'sparkplug-b-syntax' },
    ])
    expect(hear('NDATA', data(1, { alias: 1, type: 'Double', value: 1 })).faults).toHaveLength(1)
  })

  it('remembers a bounded number of metrics, and forgets who was silent longest', () => {
    const births = new Births()
    const hear = (node: string, type: string, message: Uint8Array) =>
      createSparkplugB(births).decode(message, { topic: `${NODE}/${type}/${node}`, arrivalMs: T })
    const metrics = Array.from({ length: 1000 }, (_, alias) => ({
      name: `m${alias}`,
      alias,
      type: 'Double',
      value: 0,
    }))
    const birth = bytesOf({ timestamp: T, seq: 0, metrics })
    for (let node = 0; node < 51; node++) hear(`n${node}`, 'NBIRTH', birth)
    const level = bytesOf(data(1, { alias: 1, type: 'Double', value: 1 }))
    expect(hear('n0', 'NDATA', level).faults).toHaveLength(1)
    expect(hear('n1', 'NDATA', level).faults).toHaveLength(0)
    expect(hear('n50', 'NDATA', level).faults).toHaveLength(0)
  })

  const TYPES = ['Int8', 'Int16', 'Int32', 'Int64', 'UInt8', 'UInt16', 'UInt32', 'UInt64'] as const
  const integers = fc.constantFrom(...TYPES).chain(type => {
    const bits = Math.min(53, Number(/\d+$/.exec(type)?.[0]))
    const [min, max] = type.startsWith('I') ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1]
    return fc.record({
      type: fc.constant<string>(type),
      value: fc.maxSafeInteger().map(n => min + (Math.abs(n) % (max - min + 1))),
    })
  })
  const numbers = fc.oneof(
    integers,
    fc.record({ type: fc.constant('Double'), value: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
    fc.record({ type: fc.constant('Float'), value: fc.float({ noNaN: true, noDefaultInfinity: true }) }),
  )
  codecContract({
    create: () => createSparkplugB(),
    context: { topic: `${NODE}/NBIRTH/edge-1` },
    messages: [
      NBIRTH,
      bytesOf({ seq: 0, metrics: [{ name: 'text', alias: 300, type: 'Text', value: 'x'.repeat(200) }] }),
    ],
    wholeAt: [wholeAt(NBIRTH), [0]],
    isChecked: false,
    encoded: {
      messages: fc.array(numbers, { maxLength: 5 }).map(items => ({
        timestamp: T,
        seq: 0,
        metrics: items.map((item, index) => ({ name: `m${index}`, ...item })),
      })),
      expectBack: ({ metrics }: { metrics: { value: number }[] }, { readings, faults }) => {
        expect(faults).toEqual([])
        expect(readings.map(({ v }) => v)).toEqual(metrics.map(({ value }) => value))
      },
    },
    nearMisses: fc
      .array(
        fc.tuple(fc.nat({ max: 20 }), fc.constantFrom(0, 1, 2, 3, 5), fc.uint8Array({ maxLength: 12 })),
        { maxLength: 8 },
      )
      .map(parts => {
        const metric = Buffer.concat(
          parts.map(([field, wire, bytes]) =>
            Uint8Array.of((field << 3) | wire, ...(wire === 2 ? [bytes.length] : []), ...bytes),
          ),
        )
        return Buffer.concat([Uint8Array.of(0x12, metric.length & 0x7f), metric])
      }),
  })
})

/** Between the fields of a payload it may end; nothing tells that more was to come. */
function wholeAt(payload: Uint8Array): number[] {
  const ends: number[] = []
  for (let at = 0; at < payload.length; ) {
    at += payload[at] === 0x12 ? 2 + (payload[at + 1] as number) : 1 + varintLength(payload, at + 1)
    ends.push(at)
  }
  return ends
}

const varintLength = (bytes: Uint8Array, at: number): number =>
  bytes.subarray(at).findIndex(byte => byte < 0x80) + 1
