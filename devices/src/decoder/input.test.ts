import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CODECS } from '../codecs/catalogue.ts'
import { guess, isUnderstood } from './guess.ts'
import { type InputKind, messagesOf } from './input.ts'

const hexOf = (input: string, kind?: InputKind): string[] =>
  messagesOf(input, kind).map(bytes => Buffer.from(bytes).toString('hex'))

describe('the input of the decoder', () => {
  it.each([
    '68040700 0000',
    '0x68 0x04 0x07 0x00 0x00 0x00',
    '68:04:07:00:00:00',
    '68,04,07,00,00,00',
    '68-04-07-00-00-00',
  ])('%s is hex', input => expect(hexOf(input)).toEqual(['680407000000']))

  it('is text where it is none, or where somebody says so', () => {
    expect(hexOf('{"v":1}')).toEqual([Buffer.from('{"v":1}').toString('hex')])
    expect(hexOf('2026-07-01 08:00,15', 'text')).toEqual([Buffer.from('2026-07-01 08:00,15').toString('hex')])
  })

  it('is a message a line of a file, with the CR LF that a frame of text ends with', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'picket-input-')), 'frames.txt')
    writeFileSync(file, '##0001a&&\r\n\r\n68 04\r\n\nb')
    expect(messagesOf(file).map(bytes => Buffer.from(bytes).toString('latin1'))).toEqual([
      '##0001a&&\r\n',
      'h\x04',
      'b',
    ])
    rmSync(dirname(file), { recursive: true })
  })

  it.each([
    ['68040', '68040: 5 hex digits, an odd number: one is missing or too many'],
    ['6804O7000000', '6804O7000000: digit 5, "O", is no hex digit'],
    ['hello', 'hello is no file, and no hex'],
    ['', 'there is no message: the input is empty'],
  ])('%j is refused', (input, message) => {
    expect(() => messagesOf(input)).toThrow(message)
  })
})

describe('a guess', () => {
  const guessed = async (hex: string) => {
    const codecs = (await Promise.all(CODECS.map(({ load }) => load()))).map(make => make())
    return guess(codecs, Buffer.from(hex, 'hex'), { topic: 'sensors/a/b', arrivalMs: Date.UTC(2026, 10, 24) })
  }
  const REPORT =
    '7E7E011000000006000032002B022F7C221202133716F1F1100000000648F0F02212021335201900000026190031963923000289603812131203367C'
  const METER = '681401003182216891083333343339333333F116'

  it.each([
    ['a cut-off report', REPORT.slice(0, 70), 'sl651'],
    ['a report with a wrong bit', REPORT.replace('1335', '1334'), 'sl651'],
    ['a wrong check sum', METER.replace('F116', 'F216'), 'dlt645'],
    ['a good and a bad frame', METER + METER.replace('F116', 'F216'), 'dlt645'],
    ['a wrong type of data', '6819BE010000240203009101040000BCF4474200983A2D8E420614', 'iec104'],
    ['half a JSON text', Buffer.from('{"v":').toString('hex'), 'plain-json'],
  ])('knows %s', async (_, hex, codec) => {
    const read = await guessed(hex)
    expect(read.codec.name).toBe(codec)
    expect(read.decoded.faults.length).toBeGreaterThan(0)
  })

  it('says that it understands nothing where that is so', async () => {
    expect(isUnderstood(await guessed(Buffer.from('SK,1;2').toString('hex')))).toBe(false)
  })
})
