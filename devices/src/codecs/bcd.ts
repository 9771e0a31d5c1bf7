// Binary-coded decimal, as the metering and hydrology standards write numbers, times and addresses: one
// digit in each half of a byte.

/**
 * An unsigned number of `length` BCD bytes, least significant first; NaN where a half byte is no digit. Exact up to
 * seven bytes.
 */
export function bcdNumberReversed(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0
  for (let at = offset + length - 1; at >= offset; at--) {
    const byte = bytes[at]
    if (byte === undefined || byte > 0x99 || (byte & 0x0f) > 9) return Number.NaN
    value = value * 100 + (byte >> 4) * 10 + (byte & 0x0f)
  }
  return value
}

/** Ten to the power of minus `decimals`, applied so that 1234 with two decimals is 12.34 exactly. */
export const scaled = (value: number, decimals: number): number =>
  decimals === 0 ? value : value / 10 ** decimals
