/** Thrown inside a decoder when the bytes end early or say something impossible; never leaves the codec. */
export class MalformedError extends Error {}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const MAX_VARINT_BYTES = 8

/** Writes LEB128 numbers, doubles and texts into a buffer that grows. */
export class ByteWriter {
  #buffer: Buffer
  #length = 0

  constructor(capacityBytes = 4096) {
    this.#buffer = Buffer.allocUnsafe(capacityBytes)
  }

  /** What was written, copied. */
  bytes(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length))
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#length++] = value
  }

  /** An unsigned integer up to 2^53, seven bits a byte, lowest first. */
  unsigned(value: number): void {
    this.#reserve(MAX_VARINT_BYTES)
    let rest = value
    while (rest >= 0x80) {
      if (rest < 0x80000000) {
        this.#buffer[this.#length++] = (rest & 0x7f) | 0x80
        rest >>>= 7
      } else {
        this.#buffer[this.#length++] = (rest % 0x80) | 0x80
        rest = Math.floor(rest / 0x80)
      }
    }
    this.#buffer[this.#length++] = rest
  }

  /** A signed integer within +-2^52, zigzag. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -2 * value - 1 : 2 * value)
  }

  double(value: number): void {
    this.#reserve(8)
    this.#buffer.writeDoubleLE(value, this.#length)
    this.#length += 8
  }

  text(value: string): void {
    this.chunk(Buffer.from(value))
  }

  /** A length and so many bytes. */
  chunk(bytes: Uint8Array): void {
    this.unsigned(bytes.length)
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(countBytes: number): void {
    if (this.#length + countBytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + countBytes))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

/** Reads what ByteWriter wrote; throws MalformedError at the first byte that cannot be. */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  byte(): number {
    if (this.#at >= this.#bytes.length) throw new MalformedError('ends early')
    return this.#bytes[this.#at++] as number
  }

  unsigned(): number {
    let value = this.byte()
    if (value < 0x80) return value
    value &= 0x7f
    for (let scale = 0x80, count = 1; count < MAX_VARINT_BYTES; scale *= 0x80, count++) {
      const next = this.byte()
      value += (next & 0x7f) * scale
      if (next < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw new MalformedError('a number above 2^53')
        return value
      }
    }
    throw new MalformedError('a number that does not end')
  }

  signed(): number {
    const value = this.unsigned()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  double(): number {
    if (this.remaining < 8) throw new MalformedError('ends early')
    this.#at += 8
    return this.#bytes.readDoubleLE(this.#at - 8)
  }

  text(maxBytes: number): string {
    return decodeText(this.chunk(maxBytes))
  }

  /** A length and so many bytes; not a copy. */
  chunk(maxBytes: number): Buffer {
    const length = this.unsigned()
    if (length > maxBytes || length > this.remaining) throw new MalformedError('longer than allowed')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}

/** UTF-8 as text; throws MalformedError where it is none. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new MalformedError('a text that is not UTF-8')
  }
}
