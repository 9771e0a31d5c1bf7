import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Mark, Quality } from '../../reading.ts'
import { codecContract } from '../codec.contract.ts'
import type { Decoded, Field } from '../codec.ts'
import { CborReader, cborOf } from './cbor.ts'
import { senmlCbor, senmlJson } from './senml.ts'

const T = Date.UTC(2026, 10, 24)
const context = { topic: 'sensors/node-1/up', arrivalMs: T }
const json = (pack: unknown): Decoded => senmlJson.decode(Buffer.from(JSON.stringify(pack)), context)
const cbor = (hex: string, fields?: Field[]): Decoded =>
  senmlCbor.decode(Buffer.from(hex, 'hex'), context, fields)
const seen = ({ readings }: Decoded) =>
  readings.map(({ device, quantity, t, v }) => [device, quantity, new Date(t).toISOString(), v])

// RFC 8428, section 5.1.3 shortened.
const STATION = [
  {
    bn: 'urn:dev:ow:10e2073a0108006:',
    bt: 1.276020076001e9,
    bu: 'A',
    bver: 5,
    n: 'voltage',
    u: 'V',
    v: 120.1,
  },
  { n: 'current', t: -5, v: 1.2 },
  { n: 'current', t: -4, v: 1.3 },
]
// RFC 8428, section 6: the same kind of pack in CBOR, made by hand.
const STATION_CBOR =
  '82A6' +
  '21781B75726E3A6465763A6F773A3130653230373361303130383030363A' +
  '22FB41D303A15B001062' +
  '236141' +
  '2005' +
  '0067766F6C74616765' +
  '02FB405E066666666666' +
  'A3' +
  '006763757272656E74' +
  '0624' +
  '02FB3FF3333333333333'

describe('SenML', () => {
  it('resolves names and times against the base fields', () => {
    expect(seen(json(STATION))).toEqual([
      ['urn:dev:ow:10e2073a0108006', 'voltage', '2010-06-08T18:01:16.001Z', 120.1],
      ['urn:dev:ow:10e2073a0108006', 'current', '2010-06-08T18:01:11.001Z', 1.2],
      ['urn:dev:ow:10e2073a0108006', 'current', '2010-06-08T18:01:12.001Z', 1.3],
    ])
    expect(seen(cbor(STATION_CBOR))).toEqual(seen(json(STATION.slice(0, 2))))
  })

  it('adds base value and base sum', () => {
    expect(
      seen(
        json([
          { bn: 'a/', bv: 20, bs: 100, bt: 1.7e9 },
          { n: 'x', v: 1.5, s: 2 },
        ]),
      ),
    ).toEqual([
      ['a', 'x', '2023-11-14T22:13:20.000Z', 21.5],
      ['a', 'x_sum', '2023-11-14T22:13:20.000Z', 102],
    ])
  })

  it('counts times below 2^28 from the arrival, and says so', () => {
    expect(json([{ n: 'm:x', v: 1, t: -30 }]).readings).toEqual([
      { device: 'm', quantity: 'x', t: T - 30_000, v: 1, q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME },
    ])
  })

  it('takes booleans as 0 and 1, texts and data as facts', () => {
    expect(
      json([
        { bn: 'urn:dev:ow:10e2073a01080063:', n: 'open', vb: true },
        { n: 'label', vs: 'Machine Room' },
      ]),
    ).toMatchObject({
      readings: [{ quantity: 'open', v: 1 }],
      facts: [{ device: 'urn:dev:ow:10e2073a01080063', name: 'label', value: 'Machine Room' }],
    })
    expect(cbor('81A221662F302F302F330843ABCDEF')).toMatchObject({
      facts: [{ device: 'node-1', name: '0.0.3', value: 'ABCDEF' }],
      faults: [],
    })
  })

  it.each([
    ['a URN alone', 'urn:dev:ow:10e2073a01080063', 'urn:dev:ow:10e2073a01080063', 'value'],
    ['a path of LwM2M', '/3303/0/5700', 'node-1', '3303.0.5700'],
    ['a name without a device', 'level', 'node-1', 'level'],
    ['a path', 'dam/east/level', 'dam.east', 'level'],
  ])('divides %s', (_, n, device, quantity) => {
    expect(json([{ n, v: 1 }]).readings).toMatchObject([{ device, quantity }])
  })

  it('takes what the registry maps', () => {
    const channelOf = (address: string, channel: string) =>
      address === 'a/' && channel === 'x' ? { device: 'dam-1', quantity: 'level' } : undefined
    const pack = Buffer.from(JSON.stringify([{ bn: 'a/', n: 'x', v: 1 }]))
    expect(senmlJson.decode(pack, { ...context, channelOf }).readings).toMatchObject([
      { device: 'dam-1', quantity: 'level' },
    ])
  })

  it.each([
    ['a newer version', [{ bver: 11, n: 'a', v: 1 }], 'version'],
    ['a field that has to be understood', [{ n: 'a', v: 1, secret_: 2 }], 'extension'],
    ['a text as value', [{ n: 'a', v: '1' }], 'type'],
    ['no name', [{ v: 1 }], 'name'],
    ['a time of the year 2200', [{ n: 'a', v: 1, t: 7_258_118_400 }], 'time'],
    ['no array', { n: 'a', v: 1 }, 'shape'],
    ['a number for a record', [7], 'record'],
  ])('names %s', (_, pack, what) => {
    expect(json(pack)).toMatchObject({ readings: [], faults: [{ code: `senml-json-${what}` }] })
  })

  it('shows each field of CBOR with its place', () => {
    const fields: Field[] = []
    cbor('81A202F95CB0216B2F333434322F302F313330', fields)
    expect(fields.slice(2)).toMatchObject([
      { name: 'value', offset: 2, lengthBytes: 4, meaning: '300' },
      { name: 'base name', offset: 6, lengthBytes: 13, meaning: '/3442/0/130' },
    ])
  })

  it.each([
    ['an array of four thousand million', '9AFFFFFFFF00', 0],
    ['a text longer than the message', '81A1007AFFFFFFFF61', 9],
    ['a stray byte', '8000', 1],
    ['a pack without a value', '81A1216161', 0],
    ['items nested without end', `81A102${'81'.repeat(40)}00`, 20],
    ['a length of no kind', '81A1021C', 3],
  ])('says where CBOR is wrong: %s', (_, hex, offset) => {
    expect(cbor(hex)).toMatchObject({ readings: [], faults: [{ offset }] })
  })

  const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })
  const message = fc
    .record({ n: fc.stringMatching(/^[a-z]{1,8}$/), v: number, s: number })
    .map(record => [{ bn: 'station-7/', bt: 1.7e9 }, record])
  const expectBack = (
    [, { n, v, s }]: [unknown, { n: string; v: number; s: number }],
    { readings, faults }: Decoded,
  ) => {
    expect(faults).toEqual([])
    const common = { device: 'station-7', t: 1.7e12, q: Quality.NOT_EVALUATED }
    expect(readings).toEqual([
      { ...common, quantity: n, v: 0 + v },
      { ...common, quantity: `${n}_sum`, v: 0 + s },
    ])
  }

  describe('in JSON', () => {
    codecContract({
      create: () => senmlJson,
      messages: [Buffer.from(JSON.stringify(STATION))],
      isChecked: false,
      encoded: { messages: message, expectBack },
      nearMisses: fc.json().map(Buffer.from),
    })
  })

  describe('in CBOR', () => {
    codecContract({
      create: () => senmlCbor,
      messages: [
        Buffer.from(STATION_CBOR, 'hex'),
        Buffer.from('81A202F95CB0216B2F333434322F302F313330', 'hex'),
        Buffer.from('81A221662F302F302F330843ABCDEF', 'hex'),
      ],
      isChecked: false,
      encoded: { messages: message, expectBack },
    })
  })
})

describe('CBOR', () => {
  // RFC 8949, appendix A.
  it.each([
    ['1903E8', 1000],
    ['1BFFFFFFFFFFFFFFFF', 2 ** 64],
    ['3903E7', -1000],
    ['F90001', 2 ** -24],
    ['F97BFF', 65504],
    ['F9C400', -4],
    ['FA47C35000', 100000],
    ['FB3FF199999999999A', 1.1],
    ['F97C00', Number.POSITIVE_INFINITY],
    ['F97E00', Number.NaN],
    ['F5', true],
    ['F6', undefined],
    ['62C3BC', 'ü'],
    ['7F657374726561646D696E67FF', 'streaming'],
    ['C48221196AB3', 273.15],
    ['4401020304', Uint8Array.of(1, 2, 3, 4)],
    ['5F42010243030405FF', Uint8Array.of(1, 2, 3, 4, 5)],
    ['9F018202039F0405FFFF', undefined],
  ])('%s is %s', (hex, value) => {
    const reader = new CborReader(Buffer.from(hex, 'hex'))
    expect(reader.item()).toEqual(value)
    expect(reader.at).toBe(hex.length / 2)
  })

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double(), fc.string(), fc.boolean()),
        item => {
          expect(new CborReader(cborOf(item)).item()).toEqual(item)
        },
      ),
    )
  })
})
