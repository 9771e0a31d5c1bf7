import { readNumber, scaledBy, sizeOf } from '../numbers.ts'
import { isBits, type Register, type Table } from './register-map.ts'

/** Most that one request may ask for (Modbus application protocol 1.1b3, sections 6.1 to 6.4). */
const MAX_REGISTERS = 125
const MAX_BITS = 2000

/** Registers, or bits, that are asked for together. */
export interface RegisterBlock {
  table: Table
  address: number
  count: number
  registers: Register[]
}

/** How many registers, or bits, a value takes. */
const extentOf = ({ table = 'holding', type = 'u16' }: Register): number =>
  isBits(table) ? 1 : sizeOf(type) / 2

/**
 * Puts registers together that follow each other: a device may refuse a request for one that it does not have, so no
 * hole is asked for.
 */
export function planBlocks(registers: readonly Register[]): RegisterBlock[] {
  const blocks: RegisterBlock[] = []
  for (const register of registers.toSorted((a, b) => a.address - b.address)) {
    const { table = 'holding', address } = register
    const end = address + extentOf(register)
    const block = blocks.find(one => one.table === table && one.address + one.count >= address)
    const count = block && Math.max(block.count, end - block.address)
    if (block && count !== undefined && count <= (isBits(table) ? MAX_BITS : MAX_REGISTERS)) {
      block.count = count
      block.registers.push(register)
    } else blocks.unshift({ table, address, count: end - address, registers: [register] })
  }
  return blocks.toReversed()
}

/** The values of a block that was read; what says that it was not measured is left out. */
export function readBlock(
  { address, registers }: RegisterBlock,
  data: Uint8Array,
): { register: Register; v: number }[] {
  return registers.flatMap(register => {
    const found = registerIn(data, address, register)
    return found && found.raw !== register.missing ? [{ register, v: scaledBy(found.raw, register) }] : []
  })
}

/**
 * The raw number of a register in the bytes of a reply, and where it stands there.
 *
 * @param first - address of the first register or bit in the bytes
 */
export function registerIn(
  data: Uint8Array,
  first: number,
  register: Register,
): { raw: number; begin: number; size: number } | undefined {
  const { table = 'holding', type = 'u16', address } = register
  const index = address - first
  const bits = isBits(table)
  const size = bits ? 1 : sizeOf(type)
  const begin = bits ? index >> 3 : 2 * index
  if (index < 0 || begin + size > data.length) return undefined
  return { raw: bits ? bitOf(data, index) : registerNumber(data, begin, register), begin, size }
}

export const bitOf = (data: Uint8Array, index: number): number =>
  ((data[index >> 3] as number) >> (index & 7)) & 1

/** A number over one or more registers; the bytes of a register are big-endian always. */
function registerNumber(data: Uint8Array, begin: number, { type = 'u16', words = 'big' }: Register): number {
  if (words === 'big') return readNumber(data, begin, type, 'big')
  const turned = Uint8Array.from(data.subarray(begin, begin + sizeOf(type)))
  for (let at = 0; at < turned.length; at += 2)
    turned.set(data.subarray(begin + turned.length - 2 - at, begin + turned.length - at), at)
  return readNumber(turned, 0, type, 'big')
}
