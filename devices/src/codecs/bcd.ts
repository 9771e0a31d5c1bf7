// Binary-coded decimal, as the metering and hydrology standards write numbers, times and addresses: one
// digit in each half of a byte.

/**
 * An unsigned number of `length` BCD bytes, most significant first; NaN where a half byte is no digit. Exact up to
 * seven bytes; the digits of longer ones are read by `bcdDigits`.
 */
export function bcdNumber(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0
  for (let at = offset; at < offset + length; at++) {
    const byte = bytes[at]
    if (byte === undefined || byte > 0x99 || (byte & 0x0f) > 9) return Number.NaN
    value = value * 100 + (byte >> 4) * 10 + (byte & 0x0f)
  }
  return value
}

/** Like `bcdNumber`, least significant byte first. */
export function bcdNumberReversed(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0
  for (let at = offset + length - 1; at >= offset; at--) {
    const byte = bytes[at]
    if (byte === undefined || byte > 0x99 || (byte & 0x0f) > 9) return Number.NaN
    value = value * 100 + (byte >> 4) * 10 + (byte & 0x0f)
  }
  return value
}

/** The bytes of an unsigned integer in BCD, most significant first; undefined where it does not fit. */
export function toBcd(value: number, length: number): Uint8Array | undefined {
  if (!Number.isSafeInteger(value) || value < 0) return undefined
  const digits = String(value).padStart(2 * length, '0')
  if (digits.length > 2 * length) return undefined
  return Uint8Array.from({ length }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16))
}

const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => 10 ** exponent)

/** A number with so many of its digits behind the point, 0 to 22: 1234 with two is the double nearest to 12.34. */
export const scaled = (value: number, decimals: number): number =>
  decimals === 0 ? value : value / (POWERS_OF_TEN[decimals] as number)
