/** Remainders of all bytes for a CRC that shifts right. */
function rightShifted(polynomial: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let register = byte
    for (let bit = 0; bit < 8; bit++) register = register & 1 ? (register >>> 1) ^ polynomial : register >>> 1
    return register
  })
}

const MODBUS = rightShifted(0xa001)

/** CRC-16/MODBUS: polynomial 8005 reflected, initial FFFF. Check: the bytes of `123456789` give 4B37. */
export function crc16Modbus(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  let register = 0xffff
  for (let at = from; at < to; at++)
    register = (register >>> 8) ^ (MODBUS[(register ^ (bytes[at] as number)) & 0xff] as number)
  return register
}

/** The CRC of HJ 212, annex A: not CRC-16/MODBUS, since the register's lower half is dropped for each byte. */
export function crcHj212(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  let register = 0xffff
  for (let at = from; at < to; at++) register = MODBUS[(register >>> 8) ^ (bytes[at] as number)] as number
  return register
}

/** The sum of bytes modulo 256. */
export function sum8(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  let sum = 0
  for (let at = from; at < to; at++) sum += bytes[at] as number
  return sum & 0xff
}

/** CRC-8, polynomial E5, initial 0, most significant bit first. */
export function crc8E5(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  let register = 0
  for (let at = from; at < to; at++) register = CRC8_E5[register ^ (bytes[at] as number)] as number
  return register
}

const CRC8_E5 = Uint8Array.from({ length: 256 }, (_, byte) => {
  let register = byte
  for (let bit = 0; bit < 8; bit++) register = ((register << 1) ^ (register & 0x80 ? 0xe5 : 0)) & 0xff
  return register
})
