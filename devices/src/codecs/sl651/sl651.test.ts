import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Quality } from '../../reading.ts'
import { crc16Modbus } from '../check-sums.ts'
import { codecContract } from '../codec.contract.ts'
import type { Decoded, Field } from '../codec.ts'
import { createSl651 } from './sl651.ts'

const context = { topic: 'tcp', arrivalMs: Date.UTC(2026, 6, 1) }
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
const decode = (frame: string | Uint8Array, fields?: Field[]): Decoded =>
  createSl651().decode(typeof frame === 'string' ? bytes(frame) : frame, context, fields)
const valuesOf = ({ readings }: Decoded): unknown[][] =>
  readings.map(({ quantity, v, t }) => [quantity, v, new Date(t).toISOString()])

const TIMED =
  '7E7E011000000006000032002B022F7C221202133716F1F1100000000648F0F02212021335201900000026190031963923000289603812131203367C'
const MISSING_LEVEL =
  '7E7E001000000006000037002B02013D221206100758F1F1100000000648F0F02212061007201900000026190000003923FFFFFFFF3812114303C7CD'
const HOURLY_BY_ITS_END =
  '7E7E000081100006FFFF34003B0225AB260701050004F1F1008110000648F0F02607010500F5C0006D006D006D006D006D006D006D006D006D006D006D006C39230000109038121200037FAB'
const HOURLY =
  '7E7E0110000000060000340068022F7B221202131525F1F1100000000648F0F02212021220F460000000000000000000000000F0F022120213152619003196F0F02212021220F55C0A2D0A2D0A2D0A2D0A2D0A2D0A2D0A2D0A2D0A2D0AEC0AECF0F0221202131539230002896020190000003812131603329C'
const MAKERS =
  '7E7E0100305037680000320033020A02260701060114F1F1003050376848F0F02607010600392300033660361B000110272B0000004320FF221B00011038121230032B97'

/** A binary frame around a body. */
function frame(body: string, { code = '32', mark = 2, end = 3, extraLength = 0 } = {}): Buffer {
  const unsigned = Buffer.concat([
    bytes(`7E7E0100123456780000${code}`),
    Buffer.of(((body.length / 2 + extraLength) >> 8) & 0x0f, (body.length / 2 + extraLength) & 0xff, mark),
    bytes(body),
    Buffer.of(end),
  ])
  return Buffer.concat([unsigned, bytes(crc16Modbus(unsigned).toString(16).padStart(4, '0'))])
}

/** An ASCII frame around a body. */
function ascii(body: string, { code = '32', mark = 2, end = 3 } = {}): Buffer {
  const head = `010012345678${'1234'}${code}${body.length.toString(16).toUpperCase().padStart(4, '0')}`
  const unsigned = Buffer.concat([
    Buffer.of(1),
    Buffer.from(head),
    Buffer.of(mark),
    Buffer.from(body),
    Buffer.of(end),
  ])
  return Buffer.concat([
    unsigned,
    Buffer.from(crc16Modbus(unsigned).toString(16).toUpperCase().padStart(4, '0')),
  ])
}
const HEADING = '0001260701080500'
const GROUP = 'F1F1001234567848F0F02607010800'

describe('SL 651-2014, binary', () => {
  it('reads a timed report: Beijing time in, UTC out', () => {
    expect(decode(TIMED)).toEqual({
      readings: [
        ['rain_current', 0],
        ['rain_total', 319.6],
        ['level', 28.96],
        ['battery', 13.12],
      ].map(([quantity, v]) => ({
        device: '1000000006',
        quantity,
        t: Date.UTC(2022, 11, 2, 5, 35),
        v,
        q: Quality.NOT_EVALUATED,
      })),
      facts: [
        { device: '1000000006', name: 'function', value: 'timed report' },
        { device: '1000000006', name: 'serial_number', value: 12_156 },
        {
          device: '1000000006',
          name: 'sent',
          value: Date.UTC(2022, 11, 2, 5, 37, 16),
          t: Date.UTC(2022, 11, 2, 5, 37, 16),
        },
        { device: '1000000006', name: 'station_type', value: 'river' },
      ],
      faults: [],
    })
  })

  it('takes FF in every byte for a missing value, and FF before digits for a minus', () => {
    const { readings, facts } = decode(MISSING_LEVEL)
    expect(readings.map(({ quantity }) => quantity)).toEqual(['rain_current', 'rain_total', 'battery'])
    expect(facts).toContainEqual({
      device: '1000000006',
      name: 'level',
      value: 'missing',
      t: Date.UTC(2022, 11, 6, 2, 7),
    })
    expect(valuesOf(decode(frame(`${HEADING}${GROUP}0219FF0125`)))).toEqual([
      ['air_temperature', -12.5, '2026-07-01T00:00:00.000Z'],
    ])
  })

  it('reads the twelve values of an hour from the observation time on', () => {
    const values = valuesOf(decode(HOURLY))
    expect(values).toHaveLength(28)
    expect(values[0]).toEqual(['rain', 0, '2022-12-02T04:20:00.000Z'])
    expect(values[13]).toEqual(['relative_level', 26.05, '2022-12-02T04:20:00.000Z'])
    expect(values[24]).toEqual(['relative_level', 27.96, '2022-12-02T05:15:00.000Z'])
  })

  it('reads them up to the observation time where they would otherwise lie after the sending', () => {
    const values = valuesOf(decode(HOURLY_BY_ITS_END))
    expect(values[0]).toEqual(['relative_level', 1.09, '2026-06-30T20:05:00.000Z'])
    expect(values[11]).toEqual(['relative_level', 1.08, '2026-06-30T21:00:00.000Z'])
    expect(values[12]).toEqual(['level', 1.09, '2026-06-30T21:00:00.000Z'])
  })

  it('leaves out the missing ones of twelve', () => {
    const rain = decode(frame(`${HEADING}F1F1001234567848F0F02607010705F46001FF0203040506070809100C`))
    expect(rain.readings.map(({ v }) => v)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.6, 1.2])
    expect(rain.facts).toContainEqual({
      device: '0012345678',
      name: 'rain',
      value: 'missing',
      t: Date.UTC(2026, 5, 30, 23, 10),
    })
  })

  it("keeps a maker's extension as it is, or reads it as the registry says", () => {
    const t = Date.UTC(2026, 5, 30, 22)
    const { readings, facts } = decode(MAKERS)
    expect(facts).toContainEqual({ device: '0030503768', name: 'FF22', value: '000110', t })
    expect(readings.map(({ quantity, v }) => [quantity, v])).toEqual([
      ['level', 33.66],
      ['section_velocity', 0.11],
      ['flow', 4.32],
      ['battery', 12.3],
    ])
    const mapped = createSl651().decode(bytes(MAKERS), {
      ...context,
      channelOf: (_, channel) =>
        channel === 'FF22' ? { device: 'radar-1', quantity: 'velocity' } : undefined,
    })
    expect(mapped.readings).toContainEqual({
      device: 'radar-1',
      quantity: 'velocity',
      t,
      v: 0.11,
      q: Quality.NOT_EVALUATED,
    })
  })

  it('reads further values of a period, a time step apart', () => {
    const period = decode(
      frame(`${HEADING}${GROUP}041800001039230000123400001244FFFFFFFF00001264`, { code: '31' }),
    )
    expect(valuesOf(period)).toEqual([
      ['level', 1.234, '2026-07-01T00:00:00.000Z'],
      ['level', 1.244, '2026-07-01T00:10:00.000Z'],
      ['level', 1.264, '2026-07-01T00:30:00.000Z'],
    ])
    const single = decode(
      frame(`${HEADING}${GROUP}04180000103923000012343812 1210`.replace(' ', ''), { code: '31' }),
    )
    expect(single.readings.map(({ quantity, v }) => [quantity, v])).toEqual([
      ['level', 1.234],
      ['battery', 12.1],
    ])
  })

  it('names what is wrong inside a sound frame, and takes the rest', () => {
    const digits = decode(frame(`${HEADING}${GROUP}3923000A123438121210`))
    expect(digits.readings.map(({ quantity }) => quantity)).toEqual(['battery'])
    expect(digits.faults).toMatchObject([{ code: 'sl651-digits', offset: 37, lengthBytes: 6 }])
    expect(decode(frame(`${HEADING}${GROUP}392300`)).faults).toMatchObject([
      { code: 'sl651-length', offset: 37, lengthBytes: 3 },
    ])
    const date = decode(frame(`${HEADING}F1F1001234567848F0F0260431080038121210`))
    expect(date).toMatchObject({
      readings: [],
      faults: [
        { code: 'sl651-time', offset: 30 },
        { code: 'sl651-time', offset: 37 },
      ],
    })
  })

  it('keeps an element that the standard does not know', () => {
    expect(decode(frame(`${HEADING}${GROUP}8008AB`)).facts).toContainEqual({
      device: '0012345678',
      name: '80',
      value: 'AB',
      t: Date.UTC(2026, 6, 1),
    })
    expect(decode(frame(`${HEADING}${GROUP}800812`)).facts).toContainEqual({
      device: '0012345678',
      name: '80',
      value: 12,
      t: Date.UTC(2026, 6, 1),
    })
  })

  it("takes nothing of a maker's own function for an element", () => {
    const { readings, facts } = decode(frame(`${HEADING}${GROUP}392300001234`, { code: 'EE' }))
    expect(readings).toEqual([])
    expect(facts).toContainEqual({ device: '0012345678', name: 'body', value: '392300001234' })
  })

  it('says what the check sum should have been', () => {
    const fields: Field[] = []
    const { readings, faults } = decode(TIMED.replace(/7C$/, '7D'), fields)
    expect(readings).toEqual([])
    expect(faults).toMatchObject([{ code: 'sl651-check-sum', offset: 0, lengthBytes: 60, expected: '367C' }])
    expect(fields.at(-1)).toMatchObject({
      name: 'check sum',
      offset: 58,
      raw: '367D',
      meaning: 'should be 367C',
    })
  })

  it('finds a frame after the stray 7E that some stations send', () => {
    const { readings, faults } = decode(`${TIMED}7E${TIMED}`)
    expect(readings).toHaveLength(8)
    expect(faults).toMatchObject([{ code: 'sl651-stray', offset: 60, lengthBytes: 1 }])
  })

  it('shows no password', () => {
    const fields: Field[] = []
    const reply = '7E7E0000000000010000490013020002221206161150F1F10000000001031004D2030573'
    const decoded = decode(reply, fields)
    expect(decoded.faults).toEqual([])
    expect(JSON.stringify([decoded, fields])).not.toMatch(/04D2/)
  })
})

describe('SL 651-2014, packets', () => {
  const body = `${HEADING}${GROUP}392300001234`
  const packet = (number: number, part: string, counted = true): Buffer =>
    frame(`00200${number}${part}`, {
      mark: 0x16,
      end: number === 2 ? 3 : 0x17,
      extraLength: counted ? 0 : -3,
    })

  it.each([true, false])(
    'joins the packets of a series, their numbers counted in the length or not (%s)',
    counted => {
      const codec = createSl651()
      expect(codec.decode(packet(2, body.slice(40), counted), context).readings).toEqual([])
      const { readings, faults, facts } = codec.decode(packet(1, body.slice(0, 40), counted), context)
      expect(faults).toEqual([])
      expect(facts).toContainEqual({ device: '0012345678', name: 'packet', value: '1 of 2' })
      expect(readings).toMatchObject([{ quantity: 'level', v: 1.234, t: Date.UTC(2026, 6, 1) }])
    },
  )

  it('gives up a series that stands still, and says so', () => {
    const codec = createSl651()
    codec.decode(packet(1, body.slice(0, 40)), context)
    const later = codec.decode(packet(2, body.slice(40)), {
      ...context,
      arrivalMs: context.arrivalMs + 3_600_000,
    })
    expect(later).toMatchObject({ readings: [], faults: [{ code: 'sl651-packets' }] })
  })

  it('keeps a picture', () => {
    const { facts } = decode(frame(`${HEADING}F1F1001234567848F0F02607010800F3F3FFD8FFE1`, { code: '36' }))
    expect(facts).toContainEqual({ device: '0012345678', name: 'picture', value: 'FFD8FFE1' })
  })
})

describe('SL 651-2014, ASCII', () => {
  it('reads words and values', () => {
    const report = ascii('0001260701080500 ST 0012345678 H TT 2607010800 PJ 1.5 Z -0.127 VT 12.6 XQ 7 Q M ')
    expect(valuesOf(decode(report))).toEqual([
      ['rain_current', 1.5, '2026-07-01T00:00:00.000Z'],
      ['level', -0.127, '2026-07-01T00:00:00.000Z'],
      ['battery', 12.6, '2026-07-01T00:00:00.000Z'],
    ])
    const { facts, faults } = decode(report)
    expect(faults).toEqual([])
    expect(facts).toContainEqual({ device: '0012345678', name: 'XQ', value: 7, t: Date.UTC(2026, 6, 1) })
    expect(facts).toContainEqual({
      device: '0012345678',
      name: 'flow',
      value: 'missing',
      t: Date.UTC(2026, 6, 1),
    })
  })

  it('reads twelve values in hex digits', () => {
    const hourly = decode(
      ascii(
        `0001260701080010 ST 0012345678 H TT 2607010705 DRP ${'01'.repeat(11)}FF DRZ1 ${'006D'.repeat(12)}`,
      ),
    )
    expect(hourly.readings.filter(({ quantity }) => quantity === 'rain')).toHaveLength(11)
    expect(hourly.readings.at(-1)).toMatchObject({
      quantity: 'relative_level',
      v: 1.09,
      t: Date.UTC(2026, 6, 1),
    })
  })

  it('joins packets, and says what a check sum should have been', () => {
    const codec = createSl651()
    codec.decode(ascii('0020010001260701080500 ST 0012345678 H TT 26070', { mark: 0x16, end: 0x17 }), context)
    const { readings } = codec.decode(ascii('00200210800 Z 1.5', { mark: 0x16 }), context)
    expect(readings).toMatchObject([{ quantity: 'level', v: 1.5, t: Date.UTC(2026, 6, 1) }])
    const wrong = ascii('0001260701080500 Z 1')
    const expected = wrong.toString('latin1', wrong.length - 4)
    wrong.write('ZZZZ', wrong.length - 4)
    expect(decode(wrong).faults).toMatchObject([{ code: 'sl651-check-sum', expected }])
  })
})

describe('SL 651-2014, downlinks', () => {
  it('answers a report with its serial number and the time, as a published centre does', () => {
    const report =
      '7E7E010012345678123430002B020003591011154947F1F1001234567848F0F0591011154920190000052619000005392300000127381211150320FA'
    const arrivalMs = Date.UTC(2059, 9, 11, 7, 49, 47)
    expect(
      Buffer.from(createSl651().answer?.(bytes(report), { topic: '', arrivalMs }) as Uint8Array)
        .toString('hex')
        .toUpperCase(),
    ).toBe('7E7E00123456780112343080080200035910111549471B75D4')
    const answer = createSl651().answer?.(ascii('0001260701080500 Z 1'), context) as Uint8Array
    expect(decode(answer)).toMatchObject({
      readings: [],
      faults: [],
      facts: [{ value: 'timed report' }, { value: 1 }, { t: context.arrivalMs }],
    })
    expect(createSl651().answer?.(answer, context)).toBeUndefined()
  })

  it('builds the frame that sets a clock', () => {
    const encoded = createSl651().encode?.({
      direction: 'down',
      centre: 1,
      station: '0012345678',
      password: '1234',
      function: '4A',
      serial: 7,
      sentAt: '2026-07-01T08:05:00+08:00',
    })
    expect(encoded).toMatchObject({ ok: true })
    const { facts, faults } = decode((encoded as { bytes: Uint8Array }).bytes)
    expect(faults).toEqual([])
    expect(facts).toContainEqual({
      device: '0012345678',
      name: 'sent',
      value: Date.UTC(2026, 6, 1, 0, 5),
      t: Date.UTC(2026, 6, 1, 0, 5),
    })
  })
})

const element = fc.record({
  id: fc.constantFrom('20', '26', '39', '38', '02', '27'),
  value: fc.option(fc.integer({ min: -99_999, max: 99_999 })),
  decimals: fc.integer({ min: 0, max: 3 }),
})
const message = fc
  .record({
    station: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
    serial: fc.nat({ max: 65_535 }),
    minute: fc.nat({ max: 50 * 365 * 1440 }),
    elements: fc.array(element, { maxLength: 8 }),
  })
  .map(({ station, serial, minute, elements }) => ({
    direction: 'up',
    centre: 1,
    station: station.toString(16).toUpperCase().padStart(10, '0'),
    function: '32',
    serial,
    sentAt: new Date(Date.UTC(2010) + minute * 60_000).toISOString(),
    stationType: 'H',
    observedAt: new Date(Date.UTC(2010) + minute * 60_000).toISOString(),
    elements: elements.map(({ id, value, decimals }) => ({
      id,
      decimals,
      lengthBytes: 4,
      value: value === null ? null : value / 10 ** decimals,
    })),
  }))

describe('SL 651-2014', () => {
  codecContract({
    create: createSl651,
    context,
    messages: [TIMED, MISSING_LEVEL, HOURLY, MAKERS]
      .map(bytes)
      .concat(ascii('0001260701080500 ST 0012345678 H TT 2607010800 PJ 1.5 Z 0.127')),
    isChecked: true,
    encoded: {
      messages: message,
      expectBack: (
        sent: { station: string; observedAt: string; elements: { value: number | null }[] },
        { readings, faults },
      ) => {
        expect(faults).toEqual([])
        expect(readings.map(({ device, t, v }) => [device, t, v])).toEqual(
          sent.elements.flatMap(({ value }) =>
            value === null ? [] : [[sent.station, Date.parse(sent.observedAt), value + 0]],
          ),
        )
      },
    },
  })
})
