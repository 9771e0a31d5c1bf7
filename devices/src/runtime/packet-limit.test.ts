import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PacketLimit } from './packet-limit.ts'
import { packet, publishPacket } from './testing/raw-client.ts'

const publish = (payloadBytes: number): Buffer => publishPacket('a/b', 7, Buffer.alloc(payloadBytes, 0xff))
const feed = (limit: PacketLimit, bytes: Buffer, chunkBytes: number): boolean => {
  for (let at = 0; at < bytes.length; at += chunkBytes)
    if (!limit.accept(bytes.subarray(at, at + chunkBytes))) return false
  return true
}

describe('a packet limit', () => {
  it('lets packets within it pass, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(300), { maxLength: 8 }),
        fc.integer({ min: 1, max: 400 }),
        (sizes, chunk) => {
          const stream = Buffer.concat([...sizes.map(publish), packet(0xc0, Buffer.alloc(0)), publish(1)])
          const limit = new PacketLimit(310)
          expect(feed(limit, stream, chunk)).toBe(true)
          expect(limit.withinPacket).toBe(false)
          limit.accept(publish(1).subarray(0, chunk))
          expect(limit.withinPacket).toBe(chunk < publish(1).length)
        },
      ),
    )
  })

  it('stops at the header of one beyond it, before its body comes', () => {
    const header = publish(20_000).subarray(0, 4)
    expect(new PacketLimit(1000).accept(header)).toBe(false)
    const limit = new PacketLimit(1000)
    expect(limit.accept(publish(900))).toBe(true)
    expect(limit.accept(header)).toBe(false)
  })

  it('allows less for the first packet', () => {
    expect(new PacketLimit(1000, 100).accept(publish(200))).toBe(false)
    const limit = new PacketLimit(1000, 100)
    expect(feed(limit, Buffer.concat([publish(50), publish(900)]), 7)).toBe(true)
    expect(limit.accept(publish(1001))).toBe(false)
  })

  it('stops at a length of five bytes, which is malformed (section 2.2.3)', () => {
    expect(new PacketLimit(1e9).accept(Buffer.of(0x30, 0x80, 0x80, 0x80, 0x80, 0x01))).toBe(false)
  })
})
