// CBOR as far as sensors use it (RFC 8949), with the place of every item: a fault names its byte.

/** Bytes that are no CBOR, or end early; the codec makes a fault of it. */
export class CborError extends Error {
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** An item; undefined for those that are skipped: arrays, maps, null, tags without a number. */
export type CborItem = number | string | boolean | Uint8Array | undefined

/** Items within items that are followed: deeper ones are refused. */
const MAX_DEPTH = 16
/** Additional information of a head (section 3). */
const INDEFINITE = 31
const BREAK = 0xff
const DECIMAL_FRACTION = 4
/** Texts up to this length are put together from their characters, which is faster than a decoder. */
const SHORT_TEXT = 48

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads items one after the other. Its methods throw CborError and nothing else. */
export class CborReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** Offset of the next item. */
  get at(): number {
    return this.#at
  }

  /** The major type (section 3.1) of the next item. */
  get majorType(): number {
    return this.#byteAt(this.#at) >> 5
  }

  /** Enters an array (major type 4) or a map (5): how many items or pairs it holds; Infinity up to a break. */
  enter(majorType: 4 | 5): number {
    const start = this.#at
    if (this.majorType !== majorType)
      throw new CborError(`an ${majorType === 4 ? 'array' : 'object (map)'} should begin here`, start)
    const count = this.#head()
    // Every item takes a byte at least: what claims more is cut off, and no loop runs for it.
    if (Number.isFinite(count) && count > this.#bytes.length - this.#at)
      throw new CborError(`${count} items are announced, the message ends before`, start)
    return count
  }

  /** Steps over the break that ends an array or map without a count; false where it is not there. */
  takeBreak(): boolean {
    if (this.#byteAt(this.#at) !== BREAK) return false
    this.#at++
    return true
  }

  /** The next item. */
  item(depth = 0): CborItem {
    const start = this.#at
    if (depth > MAX_DEPTH) throw new CborError('items are nested too deeply', start)
    const initial = this.#byteAt(start)
    const majorType = initial >> 5
    if (majorType === 7) return this.#simple(initial & 0x1f)
    if (majorType === 4 || majorType === 5) return this.#skipItems(majorType, depth)
    const argument = this.#head()
    if (majorType === 6)
      return argument === DECIMAL_FRACTION ? this.#decimalFraction(depth) : this.#skip(depth)
    if (majorType < 2) {
      if (argument === Number.POSITIVE_INFINITY) throw new CborError('a number without an end', start)
      return majorType === 0 ? argument : -1 - argument
    }
    return argument === Number.POSITIVE_INFINITY
      ? this.#chunks(majorType, depth)
      : this.#string(majorType, argument, start)
  }

  #byteAt(offset: number): number {
    const byte = this.#bytes[offset]
    if (byte === undefined) throw new CborError('the message ends here', this.#bytes.length)
    return byte
  }

  /** The argument of a head; Infinity for an indefinite length. */
  #head(): number {
    const start = this.#at
    const info = this.#byteAt(this.#at++) & 0x1f
    if (info < 24) return info
    if (info === INDEFINITE) return Number.POSITIVE_INFINITY
    if (info > 27) throw new CborError('a length of a kind that is not defined', start)
    const size = 1 << (info - 24)
    this.#need(size)
    const at = this.#at
    this.#at += size
    if (size === 1) return this.#view.getUint8(at)
    if (size === 2) return this.#view.getUint16(at)
    if (size === 4) return this.#view.getUint32(at)
    return Number(this.#view.getBigUint64(at))
  }

  #need(count: number): void {
    if (count > this.#bytes.length - this.#at)
      throw new CborError('the message ends within an item', this.#bytes.length)
  }

  #simple(info: number): CborItem {
    const start = this.#at++
    if (info === 20 || info === 21) return info === 21
    if (info === 22 || info === 23) return
    if (info < 25 || info > 27) throw new CborError('a simple value that is not defined', start)
    const size = 1 << (info - 24)
    this.#need(size)
    const at = this.#at
    this.#at += size
    if (size === 2) return halfFloat(this.#view.getUint16(at))
    return size === 4 ? this.#view.getFloat32(at) : this.#view.getFloat64(at)
  }

  #string(majorType: number, length: number, start: number): string | Uint8Array {
    this.#need(length)
    const begin = this.#at
    this.#at += length
    if (majorType === 2) return Uint8Array.from(this.#bytes.subarray(begin, begin + length))
    if (length <= SHORT_TEXT) {
      let text = ''
      let at = begin
      for (; at < begin + length; at++) {
        const byte = this.#bytes[at] as number
        if (byte > 0x7f) break
        text += String.fromCharCode(byte)
      }
      if (at === begin + length) return text
    }
    try {
      return utf8.decode(this.#bytes.subarray(begin, begin + length))
    } catch {
      throw new CborError('a text is no UTF-8', start)
    }
  }

  /** Section 3.2.3: a string in chunks of the same type, up to a break. */
  #chunks(majorType: number, depth: number): CborItem {
    const parts: Uint8Array[] = []
    let text = ''
    while (!this.takeBreak()) {
      const start = this.#at
      const part = this.majorType === majorType ? this.item(depth + 1) : undefined
      if (typeof part === 'string') text += part
      else if (part instanceof Uint8Array) parts.push(part)
      else throw new CborError('a chunk of another type', start)
    }
    return majorType === 3 ? text : Uint8Array.from(Buffer.concat(parts))
  }

  #skip(depth: number): undefined {
    this.item(depth + 1)
  }

  #skipItems(majorType: 4 | 5, depth: number): undefined {
    const count = this.enter(majorType)
    for (let index = 0; index < count; index++) {
      if (count === Number.POSITIVE_INFINITY && this.takeBreak()) return
      this.item(depth + 1)
      if (majorType === 5) this.item(depth + 1)
    }
  }

  /** Section 3.4.4: an array of exponent to the base 10 and mantissa. */
  #decimalFraction(depth: number): number {
    const start = this.#at
    if (this.enter(4) !== 2) throw new CborError('a decimal fraction is an array of two', start)
    const exponent = this.item(depth + 1)
    const mantissa = this.item(depth + 1)
    if (typeof exponent !== 'number' || typeof mantissa !== 'number')
      throw new CborError('a decimal fraction holds two numbers', start)
    // Through text: the double that is nearest to the decimal number.
    return Number(`${mantissa}e${exponent}`)
  }
}

/** IEEE 754 binary16. */
function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** An item as CBOR: integers as short as they go, other numbers as doubles. */
export function cborOf(item: number | string | boolean | Uint8Array): Uint8Array {
  if (typeof item === 'boolean') return Uint8Array.of(item ? 0xf5 : 0xf4)
  if (typeof item === 'number') {
    if (Number.isSafeInteger(item) && !Object.is(item, -0))
      return item < 0 ? cborHead(1, -1 - item) : cborHead(0, item)
    const bytes = Buffer.alloc(9, 0xfb)
    bytes.writeDoubleBE(item, 1)
    return bytes
  }
  const content = typeof item === 'string' ? Buffer.from(item) : item
  return Buffer.concat([cborHead(typeof item === 'string' ? 3 : 2, content.length), content])
}

/** The head of an item: its major type and its argument, at most 2^53 - 1. */
export function cborHead(majorType: number, argument: number): Uint8Array {
  const type = majorType << 5
  if (argument < 24) return Uint8Array.of(type | argument)
  const bytes = Buffer.alloc(9)
  bytes.writeBigUInt64BE(BigInt(argument), 1)
  const size = argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument < 0x100000000 ? 4 : 8
  bytes[8 - size] = type | (24 + Math.log2(size))
  return bytes.subarray(8 - size)
}
