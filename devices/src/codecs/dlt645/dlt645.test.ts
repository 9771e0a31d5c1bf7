import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Mark, Quality } from '../../reading.ts'
import { codecContract } from '../codec.contract.ts'
import type { Decoded, Field } from '../codec.ts'
import { blockMembers, describeIdentifier, identifierText } from './data-identifiers.ts'
import { dlt645 } from './dlt645.ts'

const T = Date.UTC(2026, 10, 24)
const decode = (hex: string, fields?: Field[]): Decoded =>
  dlt645.decode(Buffer.from(hex, 'hex'), { topic: 'rs485', arrivalMs: T }, fields)
const energy = (device: string, v: number) => ({
  device,
  quantity: 'energy',
  t: T,
  v,
  q: Quality.NOT_EVALUATED | Mark.ARRIVAL_TIME,
})
/** An answer to reading, for tests of values: data before 33 is added. */
function answer(data: string, control = 0x91): Uint8Array {
  const encoded = dlt645.encode?.({ address: '000000000001', control, data })
  if (!encoded?.ok) throw new Error('not encoded')
  return encoded.bytes
}
const read = (data: string, control?: number): Decoded =>
  dlt645.decode(answer(data, control), { topic: 'rs485', arrivalMs: T })

describe('DL/T 645-2007', () => {
  it('reads the energy of a meter, with and without bytes that wake it up', () => {
    expect(decode('681401003182216891083333343339333333F116')).toMatchObject({
      readings: [energy('218231000114', 0.06)],
      faults: [],
    })
    expect(decode('FEFE6812907856341268910833333433896745335416')).toMatchObject({
      readings: [energy('123456789012', 1234.56)],
      faults: [],
    })
  })

  it('knows a request, which holds no reading', () => {
    const { readings, facts } = decode('68610100000000681104333334331416')
    expect(readings).toEqual([])
    expect(facts).toEqual([
      { device: '000000000161', name: 'function', value: 'read data' },
      { device: '000000000161', name: 'data_identifier', value: '00010000' },
    ])
  })

  it('flags an address that is not decimal, and takes the reading all the same', () => {
    expect(decode('6881040007213A68910733353535333333BA16')).toMatchObject({
      readings: [{ device: '3A2107000481', quantity: 'current_b', v: 0 }],
      faults: [{ code: 'dlt645-address', offset: 1, lengthBytes: 6 }],
    })
  })

  it('takes no value from digits that are none, though the check sum is right', () => {
    expect(decode('681806360400916891083333343333334133F916')).toMatchObject({
      readings: [],
      faults: [{ code: 'dlt645-digits', offset: 14, lengthBytes: 4 }],
    })
  })

  it('says what a check sum should have been', () => {
    const fields: Field[] = []
    expect(decode('681401003182216891083333343339333333F216', fields)).toMatchObject({
      readings: [],
      facts: [],
      faults: [{ code: 'dlt645-check-sum', expected: 'F1', message: 'the check sum is F2, should be F1' }],
    })
    expect(fields).toContainEqual({
      name: 'check sum',
      offset: 18,
      lengthBytes: 1,
      raw: 'F2',
      meaning: 'should be F1',
    })
  })

  it('reads signs, blocks of three phases and phases that are missing', () => {
    expect(read('00000302230180').readings).toMatchObject([{ quantity: 'active_power', v: -0.0123 }])
    expect(read('00FF0102312230229922').readings.map(({ quantity, v }) => [quantity, v])).toEqual([
      ['voltage_a', 223.1],
      ['voltage_b', 223],
      ['voltage_c', 229.9],
    ])
    const single = read('00FF01023122FFFFFFFF')
    expect(single.readings.map(({ quantity }) => quantity)).toEqual(['voltage_a'])
    expect(single.facts).toContainEqual({ device: '000000000001', name: 'voltage_c', value: 'missing' })
  })

  it('keeps what it does not know, and what is of the past, as facts', () => {
    expect(read('010203040506')).toMatchObject({ readings: [], faults: [] })
    expect(read('010203040506').facts).toContainEqual({
      device: '000000000001',
      name: '04030201',
      value: '0506',
    })
    expect(read('0100010078563412').facts).toContainEqual({
      device: '000000000001',
      name: '00010001',
      value: 123456.78,
    })
  })

  it.each([
    ['no identifier', '', 0x91],
    ['half an identifier', '0000', 0x91],
    ['half an address', '010000', 0x93],
  ])('names the fault in an answer with %s', (_, data, control) => {
    expect(read(data, control)).toMatchObject({
      readings: [],
      faults: [{ code: 'dlt645-length', offset: 10 }],
    })
  })

  it('names the errors of an abnormal answer', () => {
    expect(read('02', 0xd1).facts).toContainEqual({
      device: '000000000001',
      name: 'error',
      value: 'no such data',
    })
  })

  it('shows no password', () => {
    const fields: Field[] = []
    const frame = answer('0100010400123456', 0x14)
    const { facts } = dlt645.decode(frame, { topic: '', arrivalMs: T }, fields)
    expect(fields.find(({ name }) => name === 'data')).toMatchObject({
      raw: '.'.repeat(16),
      meaning: 'hidden',
    })
    expect(JSON.stringify(facts)).not.toContain('123456')
  })

  it('takes device and quantity from the registry where it has them', () => {
    const { readings } = dlt645.decode(Buffer.from('681401003182216891083333343339333333F116', 'hex'), {
      topic: '',
      arrivalMs: T,
      channelOf: (address, channel) =>
        address === '218231000114' && channel === '00010000'
          ? { device: 'feeder-7', quantity: 'import' }
          : undefined,
    })
    expect(readings).toMatchObject([{ device: 'feeder-7', quantity: 'import', v: 0.06 }])
  })

  const numbers = [0x00010000, 0x00020100, 0x02010100, 0x02030000, 0x02800002]
  const message = fc
    .record({
      serial: fc.nat({ max: 99_999_999 }),
      identifier: fc.constantFrom(...numbers),
      value: fc.nat({ max: 7999 }),
    })
    .map(({ serial, identifier, value }) => {
      const length = describeIdentifier(identifier)?.lengthBytes as number
      const digits = String(value).padStart(2 * length, '0')
      return {
        address: String(serial).padStart(12, '0'),
        control: 0x91,
        data: Buffer.concat([
          Buffer.from(identifierText(identifier), 'hex').reverse(),
          Buffer.from(digits, 'hex').reverse(),
        ]).toString('hex'),
        identifier,
        value,
      }
    })

  codecContract({
    create: () => dlt645,
    messages: [
      Buffer.from('681401003182216891083333343339333333F116', 'hex'),
      Buffer.from('FEFEFEFE682000510503266891083333343333333333A116', 'hex'),
      Buffer.from('68610100000000681104333334331416', 'hex'),
      answer('00FF0102312230229922'),
    ],
    isChecked: true,
    encoded: {
      messages: message.map(({ address, control, data }) => ({ address, control, data })),
      expectBack: ({ address, data }: { address: string; data: string }, { readings, faults }) => {
        const bytes = Buffer.from(data, 'hex').reverse()
        const { decimals } = describeIdentifier(bytes.readUInt32BE(bytes.length - 4)) as { decimals: number }
        const v = Number(bytes.toString('hex', 0, bytes.length - 4)) / 10 ** decimals
        expect(faults).toEqual([])
        expect(readings).toMatchObject([{ device: address, v }])
      },
    },
  })
})

describe('data identifiers', () => {
  it('of a block are those that follow it in order', () => {
    expect(blockMembers(0x0203ff00).map(identifierText)).toEqual([
      '02030000',
      '02030100',
      '02030200',
      '02030300',
    ])
    expect(blockMembers(0x02010100)).toEqual([])
  })
})
