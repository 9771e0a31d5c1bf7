import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Fault } from '../fault.ts'
import { decodeBody, encodeBody } from './body.ts'
import { crc32c } from './crc32c.ts'
import { type CustodyRecord, Lane } from './record.ts'

/** A run of records of one epoch, as it travels from a gateway to the cloud. */
export interface Batch {
  /** Hexadecimal, 32 digits. */
  epoch: string
  lane: Lane
  /** The records' numbers are firstSeq, firstSeq + 1, ... */
  firstSeq: number
  records: CustodyRecord[]
}

const VERSION = 1
const HEADER_BYTES = 32
/** A body of a few records does not become smaller, and a compressor costs more than all else of its batch. */
const LEAST_COMPRESSED_BYTES = 96
const ZSTD_MAGIC = 0xfd2fb528
const LANES: readonly Lane[] = Object.values(Lane)
/** What a body may expand to: a small zstd bomb can ask for hundreds of megabytes. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024

/** Header (README.md in this folder) and compressed body, ready to publish. */
export function encodeBatch({ epoch, lane, firstSeq, records }: Batch): Buffer {
  const body = compressed(encodeBody(records))
  const bytes = Buffer.alloc(HEADER_BYTES + body.length)
  bytes[0] = VERSION
  bytes[1] = lane
  bytes.write(epoch, 2, 16, 'hex')
  bytes.writeUIntBE(firstSeq, 18, 6)
  bytes.writeUInt32BE(records.length, 24)
  body.copy(bytes, HEADER_BYTES)
  bytes.writeUInt32BE(checksum(bytes), 28)
  return bytes
}

function compressed(body: Buffer): Buffer {
  if (body.length >= LEAST_COMPRESSED_BYTES) return zstdCompressSync(body)
  // RFC 8878, 3.1.1: a single segment, its size in one byte, and one block, the last, as it is.
  const frame = Buffer.alloc(9 + body.length)
  frame.writeUInt32LE(ZSTD_MAGIC, 0)
  frame[4] = 0x20
  frame[5] = body.length
  frame.writeUIntLE((body.length << 3) | 1, 6, 3)
  body.copy(frame, 9)
  return frame
}

/** The header alone, with what can be known without expanding the body. */
export type BatchHeader = Omit<Batch, 'records'> & { count: number }

export function decodeBatchHeader(bytes: Uint8Array): BatchHeader | Fault {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < HEADER_BYTES)
    return fault('batch-truncated', `a batch of ${buffer.length} bytes has no header`)
  if (buffer[0] !== VERSION) return fault('batch-version', `batch version ${buffer[0]} is not known here`)
  const lane = buffer[1] as Lane
  if (!LANES.includes(lane)) return fault('batch-lane', `lane ${lane} does not exist`)
  const stated = buffer.readUInt32BE(28)
  const computed = checksum(buffer)
  if (stated !== computed) {
    return fault('batch-checksum', `CRC-32C is ${hex(stated)}, the bytes give ${hex(computed)}`)
  }
  const count = buffer.readUInt32BE(24)
  return { epoch: buffer.toString('hex', 2, 18), lane, firstSeq: buffer.readUIntBE(18, 6), count }
}

/** The lane that a batch says it is of, by its first bytes alone; BACKLOG where they say nothing. */
export const statedLane = (bytes: Uint8Array): Lane =>
  bytes[0] === VERSION && LANES.includes(bytes[1] as Lane) ? (bytes[1] as Lane) : Lane.BACKLOG

/** Decodes a whole batch; any bytes in, a batch or a named fault out. */
export function decodeBatch(bytes: Uint8Array): Batch | Fault {
  const header = decodeBatchHeader(bytes)
  if ('code' in header) return header
  const { epoch, lane, firstSeq, count } = header
  try {
    const body = zstdDecompressSync(bytes.subarray(HEADER_BYTES), { maxOutputLength: MAX_BODY_BYTES })
    return { epoch, lane, firstSeq, records: decodeBody(body, count) }
  } catch (error) {
    return fault('batch-body', `the body cannot be decoded: ${(error as Error).message}`)
  }
}

// Over everything but the four bytes of the sum itself.
const checksum = (bytes: Buffer): number =>
  crc32c(bytes.subarray(HEADER_BYTES), crc32c(bytes.subarray(0, HEADER_BYTES - 4)))

const hex = (value: number): string => value.toString(16).padStart(8, '0')
const fault = (code: string, message: string): Fault => ({ code, message })
