// CRC-32C (Castagnoli), RFC 3720 appendix B.4: polynomial 0x1EDC6F41, reflected 0x82F63B78.
const TABLE = new Uint32Array(256).map((_, byte) => {
  let register = byte
  for (let bit = 0; bit < 8; bit++) register = register & 1 ? (register >>> 1) ^ 0x82f63b78 : register >>> 1
  return register
})

/** CRC-32C of the bytes; pass an earlier result to go on from it. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let register = ~previous
  for (let at = 0; at < bytes.length; at++) {
    register = (TABLE[(register ^ (bytes[at] as number)) & 0xff] as number) ^ (register >>> 8)
  }
  return ~register >>> 0
}
