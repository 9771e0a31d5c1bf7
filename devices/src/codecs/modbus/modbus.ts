import { Type } from 'typebox'
import type { DeviceModel } from '../../model.ts'
import { crc16Modbus } from '../check-sums.ts'
import type { Codec, Encoded } from '../codec.ts'
import { type Findings, hexOf, type Place } from '../findings.ts'
import { decodeFrames } from '../framed.ts'
import { checkMessage } from '../message-schema.ts'
import { readNumber, scaledBy } from '../numbers.ts'
import { EXCEPTION, RTU, rtuFraming, TCP, TCP_HEAD, tcpFraming } from './frame.ts'
import { isBits, type RegisterMap, TABLES, Table } from './register-map.ts'
import { bitOf, registerIn } from './register-values.ts'

const TABLE_OF = new Map<number, Table>(Object.entries(TABLES).map(([name, code]) => [code, name as Table]))
const FUNCTIONS = new Map([
  [1, 'read coils'],
  [2, 'read discrete inputs'],
  [3, 'read holding registers'],
  [4, 'read input registers'],
  [5, 'write a coil'],
  [6, 'write a register'],
  [15, 'write coils'],
  [16, 'write registers'],
])
// Modbus application protocol 1.1b3, section 7.
const EXCEPTIONS = new Map([
  [1, 'illegal function'],
  [2, 'illegal data address'],
  [3, 'illegal data value'],
  [4, 'device failure'],
  [5, 'acknowledged, takes long'],
  [6, 'busy'],
  [8, 'memory parity error'],
  [10, 'gateway path unavailable'],
  [11, 'no answer behind the gateway'],
])

/** What was asked of a unit and is not answered yet. */
interface Request {
  table: Table
  address: number
  count: number
}

/** Registers or bits as they came, and from where in the table. */
interface Block {
  table: Table
  /** Undefined where nobody knows what was asked. */
  address: number | undefined
  data: Uint8Array
  place: Place
}

/**
 * Modbus of one bus or connection. A reply does not say what it answers: the request before it does, or the
 * device model. Without a model, registers are facts.
 */
function createModbus(
  name: typeof RTU | typeof TCP,
  model?: Pick<DeviceModel, 'registers' | 'quantities'>,
): Codec {
  // One request a unit: at most 256.
  const pending = new Map<number, Request>()
  const [framing, head, tail] =
    name === RTU ? ([rtuFraming, 1, 2] as const) : ([tcpFraming, TCP_HEAD, 0] as const)

  function readFrame(frame: Uint8Array, findings: Findings): void {
    const unit = frame[head - 1] ?? 0
    const code = frame[head] ?? 0
    const device = `unit-${unit}`
    const data = frame.subarray(head + 1, Math.max(head + 1, frame.length - tail))
    if (findings.looking) showShell(frame, findings, { head, tail })
    const words = FUNCTIONS.get(code & ~EXCEPTION) ?? `function ${code}`
    findings.fact({ device, name: 'function', value: words })
    const place = { offset: head + 1, lengthBytes: data.length }
    if (code & EXCEPTION) {
      const value = EXCEPTIONS.get(data[0] ?? 0) ?? `exception ${data[0]}`
      findings.fact({ device, name: 'error', value })
      findings.field('exception', place, value)
      if (!findings.isBroken) pending.delete(unit)
      return
    }
    const table = TABLE_OF.get(code)
    if (table === undefined) {
      findings.field('data', place, hexOf(data))
      return
    }
    const asked = pending.get(unit)
    const isReply = data.length === 1 + (data[0] ?? 0) && (data.length !== 4 || asked !== undefined)
    if (!isReply) {
      readRequest({ unit, device, table, data, place }, findings)
      return
    }
    const address = asked?.table === table ? asked.address : model?.registers?.replyFrom
    if (!findings.isBroken) pending.delete(unit)
    const block = {
      table,
      address,
      data: data.subarray(1),
      place: { offset: head + 2, lengthBytes: data.length - 1 },
    }
    findings.field('bytes', { offset: head + 1, lengthBytes: 1 }, String(data[0]))
    if (address === undefined) showUnknown(block, device, findings)
    else if (model?.registers) readMapped(block, { device, registers: model.registers, findings })
    else readUnmapped({ ...block, address }, device, findings)
  }

  function readRequest(
    {
      unit,
      device,
      table,
      data,
      place,
    }: { unit: number; device: string; table: Table; data: Uint8Array; place: Place },
    findings: Findings,
  ): void {
    if (data.length < 4) return
    const [address, count] = [readNumber(data, 0, 'u16', 'big'), readNumber(data, 2, 'u16', 'big')]
    findings.fact({ device, name: 'request', value: `${table} ${address}..${address + count - 1}` })
    findings.field('address', { offset: place.offset, lengthBytes: 2 }, String(address))
    findings.field('count', { offset: place.offset + 2, lengthBytes: 2 }, String(count))
    if (!findings.isBroken) pending.set(unit, { table, address, count })
  }

  return {
    name,
    ...(name === RTU ? { framing } : {}),
    decode: decodeFrames({ name, framing, readFrame }),
    encode: message => encode(name, message),
  }
}

/** Modbus RTU, on serial lines. */
export const createModbusRtu = (model?: Pick<DeviceModel, 'registers' | 'quantities'>): Codec =>
  createModbus(RTU, model)
/** Modbus TCP. */
export const createModbusTcp = (model?: Pick<DeviceModel, 'registers' | 'quantities'>): Codec =>
  createModbus(TCP, model)

function showShell(
  frame: Uint8Array,
  findings: Findings,
  { head, tail }: { head: number; tail: number },
): void {
  if (head === TCP_HEAD) {
    findings.field(
      'transaction',
      { offset: 0, lengthBytes: 2 },
      String(((frame[0] ?? 0) << 8) | (frame[1] ?? 0)),
    )
    findings.field('protocol', { offset: 2, lengthBytes: 2 }, 'Modbus')
    findings.field('length', { offset: 4, lengthBytes: 2 }, String(frame[5] ?? 0))
  }
  const code = frame[head] ?? 0
  const words = FUNCTIONS.get(code & ~EXCEPTION) ?? 'unknown'
  findings.field('unit', { offset: head - 1, lengthBytes: 1 }, String(frame[head - 1] ?? 0))
  findings.field('function', { offset: head, lengthBytes: 1 }, code & EXCEPTION ? `${words}: refused` : words)
  if (tail === 0 || frame.length < 4) return
  const at = frame.length - tail
  const crc = crc16Modbus(frame, 0, at)
  const expected = hexOf(Uint8Array.of(crc & 0xff, crc >> 8))
  findings.field(
    'check sum',
    { offset: at, lengthBytes: tail },
    hexOf(frame, at) === expected ? 'right' : `should be ${expected}`,
  )
}

function showUnknown({ table, data, place }: Block, device: string, findings: Findings): void {
  findings.fact({ device, name: `${table}s`, value: hexOf(data) })
  findings.field(`${table}s`, place, `${hexOf(data)}, of an address that is not known`)
}

function readUnmapped(
  { table, address, data, place }: Block & { address: number },
  device: string,
  findings: Findings,
): void {
  const count = isBits(table) ? 8 * data.length : data.length >> 1
  for (let index = 0; index < count; index++) {
    const value = isBits(table) ? bitOf(data, index) : readNumber(data, 2 * index, 'u16', 'big')
    const name = `${table}_${address + index}`
    const at = {
      offset: place.offset + (isBits(table) ? index >> 3 : 2 * index),
      lengthBytes: isBits(table) ? 1 : 2,
    }
    findings.measured({ address: device, channel: name, v: value }, at)
    if (findings.looking && !isBits(table)) findings.field(name, at, String(value))
  }
}

function readMapped(
  { table, address: first = 0, data, place }: Block,
  { device, registers, findings }: { device: string; registers: RegisterMap; findings: Findings },
): void {
  for (const register of registers.map) {
    const found = (register.table ?? 'holding') === table && registerIn(data, first, register)
    if (!found) continue
    const { raw, begin, size } = found
    const name = register.quantity ?? (register.fact as string)
    const at = { offset: place.offset + begin, lengthBytes: size }
    const v = scaledBy(raw, register)
    if (findings.looking) findings.field(name, at, raw === register.missing ? 'missing' : String(v))
    if (raw === register.missing) findings.fact({ device, name, value: 'missing' })
    else if (register.quantity === undefined) findings.fact({ device, name, value: v })
    else findings.measured({ address: device, channel: name, quantity: name, v }, at)
  }
}

const strict = { additionalProperties: false }
const Unit = Type.Integer({ minimum: 0, maximum: 247 })
const Message = Type.Union([
  Type.Object(
    {
      unit: Unit,
      read: Table,
      address: Type.Integer({ minimum: 0, maximum: 0xffff }),
      count: Type.Integer({ minimum: 1, maximum: 125 }),
      transaction: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xffff })),
    },
    strict,
  ),
  Type.Object(
    {
      unit: Unit,
      reply: Table,
      data: Type.String({ pattern: '^([0-9A-Fa-f]{4}){1,125}$', description: 'hex' }),
      transaction: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xffff })),
    },
    strict,
  ),
])

function encode(name: typeof RTU | typeof TCP, message: unknown): Encoded {
  const checked = checkMessage(Message, message, name)
  if (!checked.ok) return checked
  const { unit, transaction = 0 } = checked.value
  const words = (...values: number[]): number[] => values.flatMap(value => [value >> 8, value & 0xff])
  const pdu =
    'read' in checked.value
      ? [TABLES[checked.value.read], ...words(checked.value.address, checked.value.count)]
      : [
          TABLES[checked.value.reply],
          checked.value.data.length / 2,
          ...Buffer.from(checked.value.data, 'hex'),
        ]
  const frame = [unit, ...pdu]
  if (name === TCP)
    return { ok: true, bytes: Uint8Array.from([...words(transaction, 0, frame.length), ...frame]) }
  const crc = crc16Modbus(Uint8Array.from(frame))
  return { ok: true, bytes: Uint8Array.from([...frame, crc & 0xff, crc >> 8]) }
}
