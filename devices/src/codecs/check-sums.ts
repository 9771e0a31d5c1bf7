/** The sum of bytes modulo 256. */
export function sum8(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  let sum = 0
  for (let at = from; at < to; at++) sum += bytes[at] as number
  return sum & 0xff
}
