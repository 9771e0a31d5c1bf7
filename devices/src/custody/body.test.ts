import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isName } from '../reading.ts'
import { decodeBody, encodeBody } from './body.ts'
import { MalformedError } from './bytes.ts'
import type { CustodyRecord } from './record.ts'

const name = fc.oneof(fc.constantFrom('a', 'crack-01', '雨量'), fc.string({ maxLength: 20 }).filter(isName))
const value = fc.oneof(
  fc.integer({ min: -1e6, max: 1e6 }).map(v => v / 100),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 1e15, 2 ** 50, 2 ** 53, 1e-9, 5e-324, 1.7976931348623157e308),
)
const reading = fc.record({
  device: name,
  quantity: name,
  t: fc.integer({ min: 631_152_000_000, max: 4_102_444_800_000 }),
  v: value.map(v => v + 0),
  q: fc.integer({ min: 0, max: 255 }),
})
const note = fc.record({
  note: fc.record({
    type: fc.constant('gap' as const),
    epoch: fc.constant('0'.repeat(32)),
    first: fc.nat(),
    last: fc.nat(),
    reason: fc.string({ maxLength: 30 }),
  }),
})
const records = fc.array(fc.oneof({ weight: 9, arbitrary: reading }, note), { minLength: 1, maxLength: 60 })

/** What decoding gives, or undefined where the bytes are called malformed; anything else thrown escapes. */
const tryDecode = (bytes: Uint8Array, count: number): CustodyRecord[] | undefined => {
  try {
    return decodeBody(bytes, count)
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
}

describe('a body', () => {
  it('gives back every record, in order, bit for bit', () => {
    fc.assert(
      fc.property(records, list => {
        expect(decodeBody(encodeBody(list), list.length)).toEqual(list)
      }),
      { numRuns: 300 },
    )
  })

  it('keeps a quality that is the sign for mixed ones', () => {
    const list = [1, 2].map(v => ({ device: 'd', quantity: 'q', t: 1795392000000, v, q: 255 }))
    expect(decodeBody(encodeBody(list), 2)).toEqual(list)
  })

  it('codes slow decimals in a byte or two', () => {
    const list = Array.from({ length: 100 }, (_, at) => ({
      device: 'd',
      quantity: 'q',
      t: 1795392000000 + at * 60_000,
      v: Math.round(1000 + 10 * Math.sin(at / 10)) / 100,
      q: 2,
    }))
    expect(encodeBody(list).length).toBeLessThan(230)
  })

  it('calls garbage malformed, and nothing worse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(300), (bytes, count) => {
        tryDecode(bytes, count)
      }),
      { numRuns: 500 },
    )
  })

  it('survives a changed, a missing and a surplus byte', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, where, change) => {
        const bytes = encodeBody(list)
        const at = where % bytes.length
        expect(tryDecode(bytes.subarray(0, at), list.length)).toBeUndefined()
        expect(tryDecode(Buffer.concat([bytes, Buffer.of(change)]), list.length)).toBeUndefined()
        bytes[at] = (bytes[at] as number) ^ change
        tryDecode(bytes, list.length)
      }),
    )
  })
})
