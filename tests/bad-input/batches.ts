import { zstdCompressSync } from 'node:zlib'
import { crc32c, encodeBatch, Lane, type Reading } from '@picket/devices'

const COUNT_AT = 24
const CHECKSUM_AT = 28
const BODY_AT = 32
/** What a body is said to expand to by a bomb: far beyond what one may (MAX_BODY_BYTES). */
const BOMB_BYTES = 64 * 1024 * 1024

/** Where a batch stands in its epoch. */
export interface Place {
  epoch: string
  firstSeq: number
}

export const goodBatch = (place: Place, records: Reading[]): Buffer =>
  encodeBatch({ ...place, lane: Lane.LIVE, records })

/** Puts the right checksum on a batch (devices/src/custody/README.md), whatever else is wrong with it. */
function sealed(bytes: Buffer): Buffer {
  const sealedBytes = Buffer.from(bytes)
  const sum = crc32c(sealedBytes.subarray(BODY_AT), crc32c(sealedBytes.subarray(0, CHECKSUM_AT)))
  sealedBytes.writeUInt32BE(sum, CHECKSUM_AT)
  return sealedBytes
}

export function withWrongChecksum(batch: Buffer): Buffer {
  const bytes = Buffer.from(batch)
  bytes[CHECKSUM_AT]! ^= 1
  return bytes
}

export function withByte(batch: Buffer, at: number, value: number): Buffer {
  const bytes = Buffer.from(batch)
  bytes[at] = value
  return sealed(bytes)
}

export function withCount(batch: Buffer, count: number): Buffer {
  const bytes = Buffer.from(batch)
  bytes.writeUInt32BE(count, COUNT_AT)
  return sealed(bytes)
}

export const withBody = (batch: Buffer, body: Buffer): Buffer =>
  sealed(Buffer.concat([batch.subarray(0, BODY_AT), body]))

/** A body of some kilobytes that asks for 64 MiB. */
export const bomb = (): Buffer => zstdCompressSync(Buffer.alloc(BOMB_BYTES))
