import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Headers } from './headers.ts'

const frame = (length: number): Uint8Array =>
  Uint8Array.from([1, 2, 0, 0, length >> 8, length & 0xff, ...Array.from({ length }, () => 0xff)])

describe('the headers of Modbus TCP', () => {
  it('are found in any chunks, and what cannot be one is told', () => {
    const lengths = fc.array(fc.integer({ min: 3, max: 254 }), { maxLength: 5 })
    const chunkSize = fc.integer({ min: 1, max: 300 })
    fc.assert(
      fc.property(lengths, chunkSize, fc.boolean(), (good, size, isBroken) => {
        const headers = new Headers()
        const stream = Buffer.concat([...good.map(frame), ...(isBroken ? [frame(255), frame(3)] : [])])
        let isSound = true
        for (let at = 0; at < stream.length; at += size)
          isSound = headers.follow(stream.subarray(at, at + size)) && isSound
        expect(isSound).toBe(!isBroken)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['another protocol', '0001 0100 0005 01 03'],
    ['no unit and function', '0001 0000 0002 01 03'],
    ['more than a frame can hold', '0001 0000 0105 01 03'],
  ])('are none with %s', (_, hex) => {
    expect(new Headers().follow(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toBe(false)
  })
})
