import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Mark, Quality, qualityOf } from '../../reading.ts'
import { crc16Modbus, crcHj212 } from '../check-sums.ts'
import { codecContract } from '../codec.contract.ts'
import type { Decoded, Field } from '../codec.ts'
import { Deframer, type Framing } from '../framing.ts'
import { createHj212 } from './hj212.ts'

const context = { topic: 'tcp', arrivalMs: Date.UTC(2026, 6, 1) }
const MN = '010000A8900016F000169DC0'
const STANDARD = `##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=${MN};Flag=5;CP=&&RtdInterval=30&&1C80`
const wrap = (data: string, crc = crcHj212(Buffer.from(data))): string =>
  `##${String(data.length).padStart(4, '0')}${data}${crc.toString(16).toUpperCase().padStart(4, '0')}\r\n`
const message = (command: string, content: string, flag = 5, more = ''): string =>
  wrap(`QN=20260701080001000;ST=32;CN=${command};PW=secret;MN=${MN};Flag=${flag};${more}CP=&&${content}&&`)
const decode = (text: string, strict = false, fields?: Field[]): Decoded =>
  createHj212(strict ? 'hj212-strict' : 'hj212').decode(Buffer.from(text), context, fields)
const valuesOf = ({ readings }: Decoded): unknown[] => readings.map(({ quantity, v }) => [quantity, v])

describe('HJ 212-2017', () => {
  it("reads the standard's example", () => {
    expect(decode(STANDARD)).toMatchObject({
      readings: [],
      faults: [],
      facts: [
        { device: MN, name: 'function', value: 'set interval of real-time data' },
        { name: 'system', value: '32' },
        { name: 'RtdInterval', value: '30' },
      ],
    })
  })

  it('reads values of the moment, with what the station says of their quality', () => {
    const { readings, facts, faults } = decode(
      message(
        '2011',
        'DataTime=20260701080000;w01018-Rtd=36.91,w01018-Flag=N;w21003-Rtd=1.8,w21003-Flag=D;w00000-Rtd=2,w00000-Flag=T;w99999-Rtd=7',
      ),
    )
    expect(faults).toEqual([])
    expect(readings).toEqual([
      { device: MN, quantity: 'cod', t: Date.UTC(2026, 6, 1), v: 36.91, q: Quality.NOT_EVALUATED },
      { device: MN, quantity: 'ammonia_nitrogen', t: Date.UTC(2026, 6, 1), v: 1.8, q: Quality.FAIL },
      { device: MN, quantity: 'water_flow', t: Date.UTC(2026, 6, 1), v: 2, q: Quality.SUSPECT },
    ])
    expect(facts).toContainEqual({ device: MN, name: 'w99999-Rtd', value: 7, t: Date.UTC(2026, 6, 1) })
  })

  it.each([
    ['2051', 'cod_minute'],
    ['2061', 'cod_hour'],
    ['2031', 'cod_day'],
  ])('reads data of command %s', (command, base) => {
    const content =
      'DataTime=20260701080000;w01018-Cou=9,w01018-Min=1,w01018-Avg=2,w01018-Max=3,w01018-Flag=N'
    expect(valuesOf(decode(message(command, content)))).toEqual([
      [`${base}_total`, 9],
      [`${base}_least`, 1],
      [`${base}_average`, 2],
      [`${base}_greatest`, 3],
    ])
  })

  it('takes the time of an earlier part, else of the request, else of the arrival', () => {
    const codec = createHj212()
    const part = (content: string, number: number) =>
      codec.decode(Buffer.from(message('2011', content, 7, `PNUM=2;PNO=${number};`)), context)
    part('DataTime=20260701075500;w01018-Rtd=1', 1)
    const second = part('w21003-Rtd=2', 2)
    expect(second.readings).toMatchObject([{ t: Date.UTC(2026, 5, 30, 23, 55) }])
    expect(second.facts).toContainEqual({ device: MN, name: 'packet', value: '2 of 2' })
    expect(decode(message('2011', 'w01018-Rtd=1')).readings).toMatchObject([
      { t: Date.UTC(2026, 6, 1, 0, 0, 1) },
    ])
    const [reading] = decode(wrap(`ST=32;CN=2011;PW=1;MN=${MN};CP=&&w01018-Rtd=1&&`)).readings
    expect(reading).toMatchObject({ t: context.arrivalMs, q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME })
    expect(qualityOf(reading?.q as number)).toBe(Quality.NOT_EVALUATED)
  })

  it('names what is wrong', () => {
    expect(decode(message('2011', 'DataTime=20260230080000;w01018-Rtd=1'))).toMatchObject({
      readings: [],
      faults: [{ code: 'hj212-time' }, { code: 'hj212-time' }],
    })
    expect(decode(message('2011', 'w01018-Rtd=many,w21003-Rtd=2'))).toMatchObject({
      readings: [{ v: 2 }],
      faults: [{ code: 'hj212-value' }],
    })
    expect(decode(wrap('ST=32;CP=&&&&')).faults).toMatchObject([
      { code: 'hj212-heading', message: 'CN, MN missing' },
    ])
    expect(decode(wrap('ST=32;CN=2011')).faults).toMatchObject([{ code: 'hj212-shape' }])
    expect(decode(STANDARD.replace('##0101', '##01x1')).faults).toMatchObject([
      { code: 'hj212-length', offset: 4 },
    ])
    expect(decode(STANDARD.replace('1C80', '1C81')).faults).toMatchObject([
      { code: 'hj212-check-sum', expected: '1C80', message: 'the check sum is 1C81, should be 1C80' },
    ])
  })

  it('waits for no frame in which another begins', () => {
    const codec = createHj212()
    const frames: string[] = []
    new Deframer(codec.name, codec.framing as Framing).push(
      Buffer.from(`##9999QN=1;ST${STANDARD}`),
      piece => {
        if (piece.kind === 'frame') frames.push(Buffer.from(piece.bytes).toString())
      },
    )
    expect(frames).toEqual([STANDARD.trim()])
    expect(decode(`##9999QN=1;ST${STANDARD}`).faults).toMatchObject([
      { code: 'hj212-cut-off', message: 'another frame begins after 13 bytes', offset: 0, lengthBytes: 13 },
    ])
  })

  it('takes in lenient form what stations send, which the strict form refuses', () => {
    const data = `ST=32;CN=2011;PW=1;MN=${MN};CP=&&w01018-Rtd=1&&`
    const forms = [
      wrap(data),
      wrap(data).toLowerCase().slice(-6),
      wrap(data).trim(),
      wrap(data, crc16Modbus(Buffer.from(data))),
    ]
    forms[1] = wrap(data).slice(0, -6) + forms[1]
    for (const form of forms) expect(valuesOf(decode(form))).toEqual([['cod', 1]])
    for (const form of forms)
      expect(decode(form, true)).toMatchObject({
        readings: [],
        faults: [{ code: expect.stringMatching(/^hj212-strict-/) }],
      })
    expect(decode(message('2011', 'w01018-Rtd=1'), true)).toMatchObject({ readings: [{ v: 1 }], faults: [] })
  })

  it('keeps the fields of a frame whose length is no number within the frame', () => {
    for (const length of ['-101', '1e99', '0x10', 'abcd']) {
      const fields: Field[] = []
      const text = `##${length}ST=32;CN=1062;PW=1;MN=1;CP=&&&&1C80`
      decode(text, false, fields)
      for (const { offset, lengthBytes } of fields) {
        expect(offset).toBeGreaterThanOrEqual(0)
        expect(offset + lengthBytes).toBeLessThanOrEqual(text.length)
      }
    }
  })

  it('shows no password', () => {
    const fields: Field[] = []
    const decoded = decode(message('1072', 'NewPW=654321'), false, fields)
    expect(JSON.stringify([decoded, fields])).not.toMatch(/secret|654321/)
    expect(fields.map(({ raw }) => Buffer.from(raw, 'hex').toString('latin1')).join()).not.toMatch(
      /secret|654321/,
    )
  })

  it('answers data where an answer is asked for', () => {
    const codec = createHj212()
    const answer = codec.answer?.(Buffer.from(message('2011', 'w01018-Rtd=1', 5)), context) as Uint8Array
    expect(Buffer.from(answer).toString()).toBe(
      wrap(`QN=20260701080001000;ST=91;CN=9014;PW=secret;MN=${MN};Flag=4;CP=&&&&`),
    )
    expect(codec.answer?.(answer, context)).toBeUndefined()
    expect(codec.answer?.(Buffer.from(message('2011', 'w01018-Rtd=1', 4)), context)).toBeUndefined()
  })

  const good = [
    STANDARD,
    message('2011', 'DataTime=20260701080000;w01018-Rtd=36.91,w01018-Flag=N').trim(),
    message('2061', 'DataTime=20260701080000;a21026-Avg=1.5').trim(),
  ]
  const number = fc.integer({ min: -99_999, max: 99_999 }).map(value => value / 10)
  codecContract({
    create: createHj212,
    context,
    messages: good.map(text => Buffer.from(text)),
    isChecked: true,
    encoded: {
      messages: fc
        .record({
          factor: fc.constantFrom('w01018', 'w21003', 'a34004'),
          value: number,
          mn: fc.integer({ min: 1, max: 10 ** 15 }),
        })
        .map(({ factor, value, mn }) => ({
          QN: '20260701080001000',
          ST: '32',
          CN: '2011',
          PW: '123456',
          MN: String(mn),
          Flag: 4,
          CP: `DataTime=20260701080000;${factor}-Rtd=${value},${factor}-Flag=N`,
        })),
      expectBack: ({ MN: device, CP }: { MN: string; CP: string }, { readings, faults }) => {
        expect(faults).toEqual([])
        expect(readings).toMatchObject([
          { device, v: Number(/Rtd=([^,]+)/.exec(CP)?.[1]) + 0, t: Date.UTC(2026, 6, 1) },
        ])
      },
    },
  })
})

describe('HJ 212-2017, strict', () => {
  codecContract({
    create: () => createHj212('hj212-strict'),
    context,
    messages: [
      `${STANDARD}\r\n`,
      message('2011', 'DataTime=20260701080000;w01018-Rtd=36.91,w01018-Flag=N'),
    ].map(text => Buffer.from(text)),
    isChecked: true,
  })
})
